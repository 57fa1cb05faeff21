-- The roles of a production database. Run it once, as a superuser, in the database of the gateway, before or after its
-- first start; running it again does no harm:
--
--     createdb presensi
--     psql -d presensi -f roles.sql
--
--   presensi_owner   owns the schema; only migrations log in as it (storage.postgres.owner_url)
--   presensid        the daemon: reads and inserts; cannot change or delete a punch, sighting, delivery, reject or audit row
--   sikep_reader     a group for other applications: reads the views of schema sikep_v1, nothing else
--
-- Passwords, or peer log-in in pg_hba.conf, are yours to choose:
--     ALTER ROLE presensid PASSWORD '...';    GRANT sikep_reader TO the_login_of_sikep;

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES ('presensi_owner', 'LOGIN'), ('presensid', 'LOGIN'), ('sikep_reader', 'NOLOGIN'))
        AS roles (name, login)
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.login);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- it is there already
        END;
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO presensi_owner', current_database());
    IF to_regprocedure('presensi.grant_to_roles()') IS NOT NULL THEN
        PERFORM presensi.grant_to_roles();
    END IF;
END $$;
