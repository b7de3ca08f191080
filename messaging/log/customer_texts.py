"""What people read out to a customer: one row for each thing to say, with a text in every language.

A team adds a language with one more line in LANGUAGES and a text with that code in each row. Until a row has it, its
English is shown. Each text is for someone who knows nothing about how texts are sent: short sentences, no codes, no
names of companies or programs, and nothing that may be untrue. tests/messaging/log/test_customer_texts.py measures all
of them.

These are not texts of the desk, so gettext doesn't see them: their language is the customer's, not the reader's.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

ENGLISH = "en"


class Language(NamedTuple):
    """A language's own name, how it writes a date with a time, and the short form of the UTC beside it."""

    name: str
    date: str
    short: str


# By the code that HTML and Django know.
LANGUAGES: Mapping[str, Language] = {
    ENGLISH: Language("English", r"N j, Y, \a\t g:i a T", "N j, H:i T"),
    "es": Language("Español", r"j \d\e F \d\e Y, H:i T", r"j \d\e F, H:i T"),
    "zh-hans": Language("简体中文", "Y年n月j日 H:i T", "n月j日 H:i T"),
}
# What a message of a type is called; every other type is a text.
WHAT: Mapping[str, Mapping[str, str]] = {
    "SMS": {ENGLISH: "text message", "es": "mensaje de texto", "zh-hans": "短信"},
    "WHATSAPP": {ENGLISH: "WhatsApp message", "es": "mensaje de WhatsApp", "zh-hans": "WhatsApp 消息"},
    "RCS": {ENGLISH: "chat message", "es": "mensaje de chat", "zh-hans": "聊天消息"},
}
# How a number is named without saying all of it.
ENDING: Mapping[str, str] = {
    ENGLISH: "the number ending in {digits}",
    "es": "su número que termina en {digits}",
    "zh-hans": "尾号 {digits} 的号码",
}


class Say(Enum):
    """What there is to say. The first few start the answer, the others end it, one for each verdict."""

    SENT = auto()
    TRIED = auto()
    STARTED = auto()
    SCHEDULED = auto()
    SCHEDULED_UNTIMED = auto()
    SCHEDULED_BEFORE = auto()
    CANCELED = auto()
    ASKED_TO_STOP = auto()

    ARRIVED = auto()
    ARRIVED_CHAT = auto()
    READ = auto()
    ON_ITS_WAY = auto()
    NOTHING_FOUND = auto()
    UNKNOWN = auto()
    UNKNOWN_CHAT = auto()
    FAILED = auto()
    OUR_SIDE = auto()
    STOPPED = auto()
    STOPPED_TOLL_FREE = auto()
    ASKED_AGAIN = auto()
    BLOCKED_BY_US = auto()
    SPAM = auto()
    NOT_LISTED = auto()
    NO_TEXTS = auto()
    LANDLINE = auto()
    NO_TEXTS_MOBILE = auto()
    NOT_IN_USE = auto()
    MOVED = auto()
    REFUSED = auto()
    BUSY = auto()
    LIMIT = auto()
    EXPIRED = auto()
    WHATSAPP_CLOSED = auto()
    WHATSAPP_REFUSED = auto()
    FALLBACK = auto()


BEGINNINGS = (
    Say.SENT,
    Say.TRIED,
    Say.STARTED,
    Say.SCHEDULED,
    Say.SCHEDULED_UNTIMED,
    Say.SCHEDULED_BEFORE,
    Say.CANCELED,
    Say.ASKED_TO_STOP,
)

TEXTS: Mapping[Say, Mapping[str, str]] = {
    Say.SENT: {
        "en": "We sent a {what} to {number} on {when}.",
        "es": "Enviamos un {what} a {number} el {when}.",
        "zh-hans": "我们在{when}给{number}发了一条{what}。",
    },
    Say.TRIED: {
        "en": "We tried to send a {what} to {number} on {when}.",
        "es": "Intentamos enviar un {what} a {number} el {when}.",
        "zh-hans": "我们在{when}试着给{number}发过一条{what}。",
    },
    Say.STARTED: {
        "en": "We started sending a {what} to {number} on {when}.",
        "es": "Empezamos a enviar un {what} a {number} el {when}.",
        "zh-hans": "我们在{when}开始给{number}发一条{what}。",
    },
    Say.SCHEDULED: {
        "en": "A {what} to {number} is scheduled for {when}. It has not been sent yet.",
        "es": "Hay un {what} para {number} programado para el {when}. Aún no se ha enviado.",
        "zh-hans": "有一条给{number}的{what}定在{when}发送，现在还没有发出。",
    },
    Say.SCHEDULED_UNTIMED: {
        "en": "A {what} to {number} is scheduled. It has not been sent yet.",
        "es": "Hay un {what} programado para {number}. Aún no se ha enviado.",
        "zh-hans": "有一条给{number}的{what}已定时，现在还没有发出。",
    },
    Say.SCHEDULED_BEFORE: {
        "en": "A {what} to {number} was scheduled for {when}. We do not know yet if it went out.",
        "es": "Había un {what} para {number} programado para el {when}. Aún no sabemos si salió.",
        "zh-hans": "有一条给{number}的{what}原定在{when}发送。我们还不知道它是否已经发出。",
    },
    Say.CANCELED: {
        "en": "A {what} to {number}, which we wrote on {when}, was canceled. It was never sent.",
        "es": "El {what} para {number} que escribimos el {when} se canceló. Nunca se envió.",
        "zh-hans": "我们在{when}写给{number}的{what}已经取消，没有发出。",
    },
    Say.ASKED_TO_STOP: {
        "en": "On {when}, you asked us to stop texting you.",
        "es": "Usted nos pidió el {when} que ya no le mandáramos mensajes.",
        "zh-hans": "您在{when}要求我们不再给您发短信。",
    },
    # The message arrived, or may still arrive.
    Say.ARRIVED: {
        "en": "Your phone company says that it was delivered. Please look in your spam and blocked texts. "
        "Then turn your phone off and on.",
        "es": "Su compañía de teléfono dice que le llegó. Mire entre los mensajes no deseados y los "
        "bloqueados. Luego apague y encienda el teléfono.",
        "zh-hans": "您的电话公司说短信已经送到。请看看垃圾短信和被拦截的短信，再把手机关机重开。",
    },
    Say.ARRIVED_CHAT: {
        "en": "We see that it was delivered to your phone. Please look at all your chats, and at those you put "
        "away or blocked.",
        "es": "Vemos que se entregó en su teléfono. Mire todos sus chats, y también los archivados y los "
        "bloqueados.",
        "zh-hans": "我们看到它已经送到您的手机。请看看您所有的聊天，也看看收起来的和被拦截的。",
    },
    Say.READ: {
        "en": "It got to your phone and was opened there. Please look at all your chats and texts again.",
        "es": "Llegó a su teléfono y allí se abrió. Mire otra vez todos sus chats y mensajes.",
        "zh-hans": "消息已经送到您的手机，也已经被打开。请再看看您所有的聊天和短信。",
    },
    Say.ON_ITS_WAY: {
        "en": "It is still on its way. Please wait a little, and tell us if you do not get it.",
        "es": "Todavía está en camino. Espere un poco y avísenos si no le llega.",
        "zh-hans": "它还在路上。请稍等一下，如果收不到，请告诉我们。",
    },
    Say.NOTHING_FOUND: {
        "en": "We found no text to or from this number. Do you have another number?",
        "es": "No encontramos ningún mensaje de este número ni para él. ¿Tiene usted otro número?",
        "zh-hans": "我们没有找到这个号码收发的短信。您还有别的号码吗？",
    },
    Say.UNKNOWN: {
        "en": "Your phone company has not told us if it arrived. Please tell us if you did not get it.",
        "es": "Su compañía de teléfono no nos ha dicho si llegó. Avísenos si no lo recibió.",
        "zh-hans": "您的电话公司没有告诉我们它是否送到。如果您没收到，请告诉我们。",
    },
    Say.UNKNOWN_CHAT: {
        "en": "We do not know yet if it arrived. Please tell us if you did not get it.",
        "es": "Aún no sabemos si llegó. Avísenos si no lo recibió.",
        "zh-hans": "我们还不知道它是否送到。如果您没收到，请告诉我们。",
    },
    # Nobody knows why, or the customer can do nothing about it.
    Say.FAILED: {
        "en": "It could not be delivered. We are looking into it. You did nothing wrong.",
        "es": "No se pudo entregar. Estamos viendo por qué. Usted no hizo nada malo.",
        "zh-hans": "它没有送到。我们正在查原因。这不是您的错。",
    },
    Say.OUR_SIDE: {
        "en": "Something on our side stopped it. We are looking into it. You did nothing wrong.",
        "es": "Algo de nuestra parte lo detuvo. Estamos viendo qué fue. Usted no hizo nada malo.",
        "zh-hans": "是我们这边的问题，短信没有发成。我们正在查。这不是您的错。",
    },
    # Somebody doesn't want it.
    Say.STOPPED: {
        "en": "Our texts are turned off for your phone. To get them again, text START to our number.",
        "es": "Usted ya no recibe nuestros mensajes. Si los quiere otra vez, mande la palabra START a nuestro "
        "número.",
        "zh-hans": "您的手机已退订我们的短信。想再收到，请发 START 到我们的号码。",
    },
    Say.STOPPED_TOLL_FREE: {
        "en": "Our texts are turned off for your phone. To get them again, text UNSTOP to our number.",
        "es": "Usted ya no recibe nuestros mensajes. Si los quiere otra vez, mande la palabra UNSTOP a nuestro "
        "número.",
        "zh-hans": "您的手机已退订我们的短信。想再收到，请发 UNSTOP 到我们的号码。",
    },
    Say.ASKED_AGAIN: {
        "en": "After that, you asked for our texts again.",
        "es": "Después usted pidió recibirlos otra vez.",
        "zh-hans": "之后，您又要求我们给您发短信。",
    },
    Say.BLOCKED_BY_US: {
        "en": "Your number is on our list of people we do not text. Please tell us if you want our texts.",
        "es": "Su número está en la lista de personas a las que no enviamos mensajes. Díganos si los quiere.",
        "zh-hans": "您的号码在我们的不发短信名单上。如果您想收短信，请告诉我们。",
    },
    Say.SPAM: {
        "en": "A spam filter stopped it before it got to you. You did nothing wrong. "
        "Please tell us how else we can reach you.",
        "es": "Un filtro de mensajes no deseados lo detuvo antes de llegarle. Usted no hizo nada malo. "
        "Díganos de qué otra forma le podemos avisar.",
        "zh-hans": "垃圾短信过滤在送到您之前拦下了它。这不是您的错。请告诉我们还能怎样联系您。",
    },
    Say.NOT_LISTED: {
        "en": "Phone companies keep a list of business numbers. Ours was not on it when we sent this. "
        "You did nothing wrong.",
        "es": "Las compañías de teléfono tienen una lista de números de negocios. El nuestro no estaba en ella "
        "ese día. Usted no hizo nada malo.",
        "zh-hans": "电话公司有一份企业号码名单。我们发短信时，我们的号码不在上面。这不是您的错。",
    },
    # Their phone, or its number.
    Say.NO_TEXTS: {
        "en": "This phone number cannot get texts. Please give us a mobile number.",
        "es": "Este número no puede recibir mensajes de texto. Por favor, denos un número de celular.",
        "zh-hans": "这个号码收不了短信。请给我们一个手机号码。",
    },
    Say.LANDLINE: {
        "en": "This looks like a home or office phone, and those mostly cannot get texts. "
        "Please give us a mobile number.",
        "es": "Este parece un teléfono fijo, y los fijos casi nunca reciben mensajes de texto. "
        "Por favor, denos un número de celular.",
        "zh-hans": "这像是家里或办公室的座机，座机一般收不了短信。请给我们一个手机号码。",
    },
    Say.NO_TEXTS_MOBILE: {
        "en": "Your phone company says that your phone cannot get our texts. Please ask them why, or give us "
        "another number.",
        "es": "Su compañía dice que su teléfono no puede recibir lo que le mandamos. Pregunte por qué, o denos "
        "otro número.",
        "zh-hans": "您的电话公司说您的手机收不了我们的短信。请问问他们原因，或给我们另一个号码。",
    },
    Say.NOT_IN_USE: {
        "en": "The phone company says that this number is not in use. Please check it with us, or give us "
        "another one.",
        "es": "La compañía de teléfono dice que este número no está en uso. Revíselo con nosotros, o denos otro.",
        "zh-hans": "电话公司说这个号码没有在用。请和我们核对一下，或给我们另一个号码。",
    },
    Say.MOVED: {
        "en": "It looks like your number moved to a new phone company. Texts can get lost then. "
        "Please ask that company, or give us another number.",
        "es": "Parece que su número pasó a otra compañía. A veces los mensajes se pierden por eso. Pregunte allí, "
        "o denos otro número.",
        "zh-hans": "您的号码好像换了电话公司，这时短信可能会丢。请问问新公司，或给我们另一个号码。",
    },
    Say.REFUSED: {
        "en": "Your phone company did not take our text, and did not say why. You can ask them if they block us.",
        "es": "Su compañía de teléfono no aceptó nuestro mensaje y no dijo por qué. Puede preguntarle si nos "
        "bloquea.",
        "zh-hans": "您的电话公司没有收下我们的短信，也没说原因。您可以问问他们是否拦截了我们。",
    },
    # Time and amounts.
    Say.BUSY: {
        "en": "The phone network could not take it at that time. We can send it again.",
        "es": "La red de teléfono no lo pudo recibir en ese momento. Podemos enviarlo otra vez.",
        "zh-hans": "当时电话网络收不下它。我们可以再发一次。",
    },
    Say.LIMIT: {
        "en": "We had used up our texts for that day, so it did not go out. We can send it on another day.",
        "es": "Ese día ya no nos quedaban mensajes, y por eso no salió. Podemos enviarlo otro día.",
        "zh-hans": "我们那天的短信额度用完了，所以它没有发出。我们可以改天再发。",
    },
    Say.EXPIRED: {
        "en": "It took too long on the way, and its time ran out. We can send it again if you still need it.",
        "es": "Tardó demasiado en el camino y se le acabó el tiempo. Podemos enviarlo otra vez si aún lo "
        "necesita.",
        "zh-hans": "它在路上太久，过期了。如果您还需要，我们可以再发一次。",
    },
    # Other ways than a text.
    Say.WHATSAPP_CLOSED: {
        "en": "On WhatsApp we can answer you only for 24 hours after you write. Please write to us there again, "
        "and we can answer.",
        "es": "En WhatsApp solo le podemos contestar 24 horas después de que usted escribe. Escríbanos allí "
        "otra vez y le podremos contestar.",
        "zh-hans": "在 WhatsApp 上，我们只能在您来信后的 24 小时内回复。请再给我们发一条，我们就能回复。",
    },
    Say.WHATSAPP_REFUSED: {
        "en": "WhatsApp did not take our message. Please tell us how else we can reach you.",
        "es": "WhatsApp no aceptó nuestro mensaje. Díganos de qué otra forma le podemos avisar.",
        "zh-hans": "WhatsApp 没有收下我们的消息。请告诉我们还能怎样联系您。",
    },
    Say.FALLBACK: {
        "en": "We tried a chat message first and then a plain text. Neither got to your phone. Please check that "
        "your phone is on and can get texts.",
        "es": "Primero probamos con un mensaje de chat y luego con uno de texto. Ninguno llegó. Revise que su "
        "teléfono esté encendido y reciba mensajes.",
        "zh-hans": "我们先发了聊天消息，再发了普通短信，两条都没有送到。请看看手机是否开着、能不能收短信。",
    },
}
