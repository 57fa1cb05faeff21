-- The daemon's role deletes nothing anywhere and leaves schema_version to migrations. As in 0001 otherwise.

SET LOCAL search_path = presensi;

CREATE OR REPLACE FUNCTION grant_to_roles() RETURNS void LANGUAGE plpgsql SET search_path = presensi, pg_temp AS $$
DECLARE
    tab record;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'presensid' AND rolname <> current_user) THEN
        GRANT USAGE ON SCHEMA presensi TO presensid;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA presensi TO presensid;
        FOR tab IN
            SELECT c.relname AS name, EXISTS (SELECT FROM pg_trigger g
                WHERE g.tgrelid = c.oid AND g.tgfoid = 'refuse_change'::regproc) AS insert_only
            FROM pg_class c WHERE c.relnamespace = 'presensi'::regnamespace AND c.relkind IN ('r', 'p')
        LOOP
            EXECUTE format('REVOKE ALL ON TABLE %I FROM presensid', tab.name);
            EXECUTE format('GRANT %s ON TABLE %I TO presensid', CASE
                WHEN tab.name = 'schema_version' THEN 'SELECT'
                WHEN tab.insert_only THEN 'SELECT, INSERT'
                ELSE 'SELECT, INSERT, UPDATE' END, tab.name);
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sikep_reader') THEN
        GRANT USAGE ON SCHEMA sikep_v1 TO sikep_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA sikep_v1 TO sikep_reader;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA sikep_v1 TO sikep_reader;
    END IF;
END $$;
