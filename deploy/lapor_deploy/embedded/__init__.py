"""A real Apache Kafka and a real PostgreSQL, started by the project itself."""
