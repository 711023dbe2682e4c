"""What people and operators read about use, decisions and revocations; it only reads."""
