-- The passwords of the compose file's roles.
alter role cusip_app password :'app_password';
alter role authenticator password :'reader_password';
