#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace presensi {

// A real PostgreSQL on a throw-away cluster of its own (tests/support/postgres_cluster.sh), gone with the object.
class PostgresCluster {
public:
    explicit PostgresCluster(const std::vector<std::string>& settings = {});
    ~PostgresCluster();
    PostgresCluster(const PostgresCluster&) = delete;
    PostgresCluster& operator=(const PostgresCluster&) = delete;

    const std::string& url() const { return url_; }  // of the superuser, database postgres
    void start();
    void stop(const std::string& mode = "fast");  // or immediate: a crash
    // Every process of it stands still; its port stays open.
    void freeze() const;
    void thaw() const;

private:
    std::filesystem::path folder_;
    std::string url_;
};

// The cluster that all tests of a run share for databases of their own: the one that ctest started, or else one that
// lives as long as this process.
const std::string& shared_postgres();

// A database of its own in the run's cluster, with the roles of production (storage/schema/postgres/roles.sql), dropped
// with the object.
class PostgresDatabaseOfTest {
public:
    // server: URL of the superuser; of a cluster that outlives it.
    explicit PostgresDatabaseOfTest(std::string server = shared_postgres());
    ~PostgresDatabaseOfTest();
    PostgresDatabaseOfTest(const PostgresDatabaseOfTest&) = delete;
    PostgresDatabaseOfTest& operator=(const PostgresDatabaseOfTest&) = delete;

    std::string url() const { return url_of("presensid"); }
    std::string owner_url() const { return url_of("presensi_owner"); }
    std::string superuser_url() const { return url_of("owner"); }
    std::string url_of(const std::string& role) const;
    // Waits until the feed shows every punch: until all that anybody on this server began before them has ended.
    void settle() const;

private:
    std::string server_;
    std::string name_;
};

}  // namespace presensi
