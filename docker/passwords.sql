-- The passwords of the compose file's roles. From the environment: arguments are seen in the list of processes.
\getenv app_password APP_PASSWORD
\getenv reader_password READER_PASSWORD
alter role cusip_app password :'app_password';
alter role authenticator password :'reader_password';
