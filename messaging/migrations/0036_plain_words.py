"""Words are found without their accents, and group messages by who was in copy; 0037 builds the indexes for it."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models
from django.db.models import F, Func, Value
from django.db.models.fields.json import KeyTransform

from messaging.mirror.building import OnlyInState

APART = Func(F("text"), function="normalize", template="%(function)s(%(expressions)s, NFD)")
BARE = Func(APART, Value(r"[\u0300-\u036f]"), Value(""), Value("g"), function="regexp_replace")
WHOLE = Func(BARE, function="normalize", template="%(function)s(%(expressions)s, NFC)")
FOLDED = Func(
    WHOLE, Value("łŁđĐøØħĦı"), Value("lLdDoOhHi"), function="translate", output_field=models.TextField()
)
# PostgreSQL shows the statistics of an index to its owner alone, who may not be the role that reads the table.
COMMON_WORDS = """
CREATE FUNCTION messaging_common_words() RETURNS TABLE (word text, share real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT unnest(most_common_elems::text::text[]), unnest(most_common_elem_freqs)
      FROM pg_stats WHERE tablename = 'message_plain_words'
$$
"""


class Migration(migrations.Migration):

    dependencies = [("messaging", "0035_evidence_and_consents")]

    operations = [
        migrations.RemoveIndex("message", "message_words"),
        migrations.RunSQL(COMMON_WORDS, "DROP FUNCTION messaging_common_words()"),
        OnlyInState(
            migrations.AddIndex(
                "message",
                GinIndex(
                    KeyTransform("group", "details"),
                    name="message_in_copy",
                    condition=models.Q(details__has_key="group"),
                ),
            ),
            migrations.AddIndex(
                "message", GinIndex(SearchVector(FOLDED, config="simple"), name="message_plain_words")
            ),
        ),
    ]
