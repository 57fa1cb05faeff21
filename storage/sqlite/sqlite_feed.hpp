#pragma once

#include <string>

#include "storage/intake.hpp"
#include "storage/sqlite/handle.hpp"

namespace presensi::storage::sqlite {

// Writers commit one after the other and ids only rise, so the id is the commit order (architecture 5.3). A cursor is
// "<epoch>-<id of the last row read>".
class SqliteFeed final : public PunchFeed {
public:
    explicit SqliteFeed(Connection connection);

    FeedPage read(const FeedQuery& query) override;

private:
    std::int64_t decode_cursor(const std::string& cursor);
    std::string encode_cursor(std::int64_t id) const;
    void read_roads(FeedRow& row);

    Connection connection_;
    Statement find_roads_;
    Statement newest_;
    std::string epoch_;
};

}  // namespace presensi::storage::sqlite
