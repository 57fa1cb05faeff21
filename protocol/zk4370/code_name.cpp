#include <algorithm>
#include <iterator>

#include "protocol/zk4370/packet.hpp"

namespace presensi::zk4370 {

namespace {

struct Name {
    std::uint16_t code;
    std::string_view name;
};

// protocol-4370 § 6, in the order of the codes. Names only: what can be sent is the list of request.hpp.
constexpr Name names[] = {
    {7, "DB_RRQ"},
    {8, "USER_WRQ"},
    {9, "USERTEMP_RRQ"},
    {10, "USERTEMP_WRQ"},
    {11, "OPTIONS_RRQ"},
    {12, "OPTIONS_WRQ"},
    {13, "ATTLOG_RRQ"},
    {14, "CLEAR_DATA"},
    {15, "CLEAR_ATTLOG"},
    {18, "DELETE_USER"},
    {19, "DELETE_USERTEMP"},
    {20, "CLEAR_ADMIN"},
    {21, "USERGRP_RRQ"},
    {22, "USERGRP_WRQ"},
    {23, "USERTZ_RRQ"},
    {24, "USERTZ_WRQ"},
    {25, "GRPTZ_RRQ"},
    {26, "GRPTZ_WRQ"},
    {27, "TZ_RRQ"},
    {28, "TZ_WRQ"},
    {29, "ULG_RRQ"},
    {30, "ULG_WRQ"},
    {31, "UNLOCK"},
    {32, "CLEAR_ACC"},
    {33, "CLEAR_OPLOG"},
    {34, "OPLOG_RRQ"},
    {50, "GET_FREE_SIZES"},
    {57, "ENABLE_CLOCK"},
    {60, "STARTVERIFY"},
    {61, "STARTENROLL"},
    {62, "CANCELCAPTURE"},
    {64, "STATE_RRQ"},
    {66, "WRITE_LCD"},
    {67, "CLEAR_LCD"},
    {69, "GET_PINWIDTH"},
    {70, "SMS_WRQ"},
    {71, "SMS_RRQ"},
    {72, "DELETE_SMS"},
    {73, "UDATA_WRQ"},
    {74, "DELETE_UDATA"},
    {75, "DOORSTATE_RRQ"},
    {76, "WRITE_MIFARE"},
    {78, "EMPTY_MIFARE"},
    {79, "VERIFY_WRQ"},
    {80, "VERIFY_RRQ"},
    {87, "TMP_WRITE"},
    {88, "GET_USERTEMP"},
    {110, "SAVE_USERTEMPS"},
    {119, "CHECKSUM_BUFFER"},
    {134, "DEL_FPTMP"},
    {201, "GET_TIME"},
    {202, "SET_TIME"},
    {500, "REG_EVENT"},
    {1000, "CONNECT"},
    {1001, "EXIT"},
    {1002, "ENABLEDEVICE"},
    {1003, "DISABLEDEVICE"},
    {1004, "RESTART"},
    {1005, "POWEROFF"},
    {1006, "SLEEP"},
    {1007, "RESUME"},
    {1009, "CAPTUREFINGER"},
    {1011, "TEST_TEMP"},
    {1012, "CAPTUREIMAGE"},
    {1013, "REFRESHDATA"},
    {1014, "REFRESHOPTION"},
    {1017, "TESTVOICE"},
    {1100, "GET_VERSION"},
    {1101, "CHANGE_SPEED"},
    {1102, "AUTH"},
    {1500, "PREPARE_DATA"},
    {1501, "DATA"},
    {1502, "FREE_DATA"},
    {1503, "DATA_WRRQ"},
    {1504, "DATA_RDY"},
    {2000, "ACK_OK"},
    {2001, "ACK_ERROR"},
    {2002, "ACK_DATA"},
    {2003, "ACK_RETRY"},
    {2004, "ACK_REPEAT"},
    {2005, "ACK_UNAUTH"},
    {65531, "ERROR_DATA"},
    {65532, "ERROR_INIT"},
    {65533, "ERROR_CMD"},
    {65535, "ACK_UNKNOWN"},
};

}  // namespace

std::string_view code_name(std::uint16_t code) {
    const auto* found = std::lower_bound(std::begin(names), std::end(names), code,
                                         [](const Name& n, std::uint16_t c) { return n.code < c; });
    return found != std::end(names) && found->code == code ? found->name : "?";
}

}  // namespace presensi::zk4370
