"""The routes of the API, a file for each subject. Each calls the apps' services."""
