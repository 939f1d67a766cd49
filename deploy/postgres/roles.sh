#!/bin/sh
# Makes the roles and both databases: by itself when an empty server starts for the first time, and
# by hand after an update that brings new roles or limits. Each line of the file read here is a role,
# its password, how many connections it may have, its settings and its databases; deploy/make-secrets
# writes it from the table in services/engines/access.py. services/engines/server.py does the same.
set -eu

roles=${LT_ROLES_FILE:-/run/secrets/database_roles}
[ -r "$roles" ] || { echo "$roles can't be read. Run deploy/make-secrets first." >&2; exit 1; }

# CREATE has no IF NOT EXISTS here, so each is asked for by a query that finds nothing if it is there.
statements() {
    # What a role has set for itself, for all times, is taken back.
    echo "SELECT format('ALTER ROLE %I IN DATABASE %I RESET ALL', rolname, datname)" \
        "FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole" \
        "JOIN pg_database d ON d.oid = setdatabase \\gexec"
    while read -r role password connections settings databases; do
        echo "SELECT 'CREATE ROLE $role' WHERE NOT EXISTS" \
            "(SELECT FROM pg_roles WHERE rolname = '$role') \\gexec"
        echo "ALTER ROLE $role LOGIN PASSWORD '$password' CONNECTION LIMIT $connections;"
        echo "ALTER ROLE $role RESET ALL;"
        for setting in $(echo "$settings" | tr , ' '); do
            echo "ALTER ROLE $role SET ${setting%%=*} = '${setting#*=}';"
        done
    done <"$roles"
    for database in programme vault; do
        echo "SELECT 'CREATE DATABASE $database OWNER owner' WHERE NOT EXISTS" \
            "(SELECT FROM pg_database WHERE datname = '$database') \\gexec"
        echo "REVOKE ALL ON DATABASE $database FROM PUBLIC;"
    done
    while read -r role password connections settings databases; do
        for database in $databases; do
            echo "GRANT CONNECT ON DATABASE $database TO $role;"
        done
    done <"$roles"
    echo "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"
    # Anybody could take any advisory lock, and fill the disk with large objects.
    for database in template1 programme vault; do
        echo "\\connect $database"
        echo "SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure)" \
            "FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace" \
            "AND (proname ~ '^pg_(try_)?advisory_'" \
            "OR proname IN ('lo_creat', 'lo_create', 'lo_from_bytea'))" \
            "AND has_function_privilege('public', oid, 'EXECUTE') \\gexec"
    done
}

statements | psql --username postgres --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1
