#!/bin/sh
# Makes the roles and both databases: by itself when an empty server starts for the first time, and
# by hand after an update that brings new roles. Each line of the file read here is a role, its
# password and its databases; deploy/make-secrets writes it from the table in services/engines/access.py.
set -eu

roles=${LT_ROLES_FILE:-/run/secrets/database_roles}
[ -r "$roles" ] || { echo "$roles can't be read. Run deploy/make-secrets first." >&2; exit 1; }

# CREATE has no IF NOT EXISTS here, so each is asked for by a query that finds nothing if it is there.
statements() {
    while read -r role password databases; do
        echo "SELECT 'CREATE ROLE $role' WHERE NOT EXISTS" \
            "(SELECT FROM pg_roles WHERE rolname = '$role') \\gexec"
        echo "ALTER ROLE $role LOGIN PASSWORD '$password';"
    done <"$roles"
    for database in programme vault; do
        echo "SELECT 'CREATE DATABASE $database OWNER owner' WHERE NOT EXISTS" \
            "(SELECT FROM pg_database WHERE datname = '$database') \\gexec"
        echo "REVOKE ALL ON DATABASE $database FROM PUBLIC;"
    done
    while read -r role password databases; do
        for database in $databases; do
            echo "GRANT CONNECT ON DATABASE $database TO $role;"
        done
    done <"$roles"
    echo "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"
}

statements | psql --username postgres --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1
