#pragma once

#include <boost/json/object.hpp>

#include "daemon/upload/take_file.hpp"
#include "storage/upload_repository.hpp"

namespace presensi::upload {

// What a person is told of a file, by the API (openapi.yaml, Upload) and on the command line.
boost::json::object to_json(const Taken& taken);
// What is on record of it (openapi.yaml, UploadRecord).
boost::json::object to_json(const storage::UploadRow& upload);

}  // namespace presensi::upload
