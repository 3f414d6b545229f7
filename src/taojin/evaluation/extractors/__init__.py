"""What turns texts, images and sounds into features; nothing is downloaded."""
