"""What is behind `./run`: private servers, and the product's processes under one supervisor."""
