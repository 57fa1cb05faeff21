#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
