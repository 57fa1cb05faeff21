#include "daemon/alarms.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "daemon/log.hpp"

namespace presensi {

namespace {

constexpr std::array<AlarmKind, 29> kinds{{
    {"apel_undelivered", true, "{terminal} has not delivered {day}'s apel.",
     "Plug it in where it reaches this server; if it cannot, pull it or bring its USB file. If it was, look at its "
     "clock.",
     "{terminal} belum mengirim data apel hari {day}.",
     "Sambungkan mesin ke jaringan yang mencapai server ini; bila tidak bisa, tarik datanya atau unggah berkas USB. "
     "Bila sudah tersambung, periksa jamnya."},
    {"terminal_silent", true, "{terminal} was not heard on a whole working day: the last contact was {last}.",
     "Look whether it has power and network, and whether its server address still points here.",
     "{terminal} tidak terdengar selama satu hari kerja penuh: kontak terakhir {last}.",
     "Periksa listrik dan jaringannya, dan apakah alamat server di mesin masih menunjuk ke sini."},
    {"store_unavailable", true, "The store cannot write; terminals keep their data and come again: {reason}",
     "Look whether the database runs and its disk has room; presensid goes on by itself when it does.",
     "Penyimpanan tidak dapat menulis; mesin menyimpan datanya dan mengirim ulang: {reason}",
     "Periksa apakah basis data berjalan dan disknya masih punya ruang; presensid melanjutkan sendiri sesudahnya.",
     std::chrono::seconds(60)},
    {"clock_off", true, "The clock of {terminal} is off by {difference}.",
     "Set the terminal's time and zone; its punches are kept as it wrote them.", "Jam {terminal} meleset {difference}.",
     "Setel jam dan zona waktu mesin; absensi disimpan seperti yang ditulis mesin."},
    {"clock_unsynchronised", false,
     "This computer's clock is not synchronised, so those of terminals are neither judged nor set.",
     "Start chrony or systemd-timesyncd.",
     "Jam komputer ini tidak tersinkron, sehingga jam mesin tidak dinilai dan tidak disetel.",
     "Jalankan chrony atau systemd-timesyncd."},
    {"two_sources", false, "Two sources speak as {terminal} by turns ({first} and {second}).",
     "Find out which of them is the terminal, and name its network under terminals[].networks; what is of grade "
     "suspect "
     "waits in /api/v1/exceptions.",
     "Dua sumber bergantian memakai nomor seri {terminal} ({first} dan {second}).",
     "Cari tahu mana mesin yang asli, lalu tulis jaringannya di terminals[].networks; absensi bertanda suspect "
     "menunggu "
     "di /api/v1/exceptions."},
    {"foreign_network", false, "Somebody at {address} speaks as {terminal} from outside its networks and is refused.",
     "If the terminal was moved, add its new network under terminals[].networks; otherwise find out who that is.",
     "Ada yang memakai nomor seri {terminal} dari {address}, di luar jaringannya, dan ditolak.",
     "Bila mesin dipindah, tambahkan jaringan barunya di terminals[].networks; bila tidak, cari tahu siapa itu."},
    {"push_key_wrong", false, "Somebody at {address} speaks as {terminal} without its secret and is refused.",
     "Compare the communication key or the server address in the terminal's menu with the configuration.",
     "Ada yang memakai nomor seri {terminal} dari {address} tanpa kunci rahasianya, dan ditolak.",
     "Cocokkan kunci komunikasi atau alamat server di menu mesin dengan konfigurasi."},
    {"body_too_large", false, "{terminal} sent an upload that is larger than any terminal's, and it was refused.",
     "Raise limits.body, or find out what sends it.",
     "{terminal} mengirim unggahan yang lebih besar dari batas, dan ditolak.",
     "Naikkan limits.body, atau cari tahu apa yang mengirimnya."},
    {"scrambled_upload", false, "{terminal} sends scrambled uploads that cannot be read.",
     "Restart the terminal so that it asks for its options again.",
     "{terminal} mengirim data teracak yang tidak dapat dibaca.", "Mulai ulang mesin agar meminta pengaturannya lagi."},
    {"access_dialect", false,
     "{terminal} speaks the access-control dialect, which this version does not read; nothing is lost, it keeps its "
     "data.",
     "Set its device type to T&A PUSH.",
     "{terminal} memakai dialek kontrol akses yang belum dapat dibaca; data tidak hilang, tetap di mesin.",
     "Ubah jenis perangkat di menu mesin menjadi T&A PUSH."},
    {"pull_failed", false, "{terminal} cannot be pulled: {reason}",
     "Look at its address, its communication key and its network.", "{terminal} tidak dapat ditarik: {reason}",
     "Periksa alamat, kunci komunikasi, dan jaringan mesin."},
    {"terminal_disabled", false,
     "A pull disabled {terminal} and could not enable it again, so nobody can punch there. {reason}",
     "It is tried on; restarting the terminal does it, too.",
     "Penarikan data mengunci {terminal} dan belum dapat membukanya, sehingga tidak ada yang bisa absen di sana. "
     "{reason}",
     "Pembukaan dicoba terus; memulai ulang mesin juga membukanya."},
    {"terminal_quiet", false, "{terminal} has not been heard since {last}, in working hours.",
     "Look whether it has power and network; it keeps what is punched and sends it when it is back.",
     "{terminal} tidak terdengar sejak {last}, pada jam kerja.",
     "Periksa listrik dan jaringannya; absensi tersimpan di mesin dan terkirim setelah tersambung lagi."},
    {"new_rejects", false, "{count} lines of {terminal} could not be read; they are kept as they came.",
     "Look at /api/v1/rejects; if lines of punches are among them, report the terminal's model and firmware.",
     "{count} baris dari {terminal} tidak dapat dibaca; baris itu disimpan apa adanya.",
     "Lihat /api/v1/rejects; bila ada baris absensi di antaranya, laporkan model dan firmware mesin itu."},
    {"unknown_terminals", false, "{count} serial numbers that nobody knows have called in the last ten minutes.",
     "If terminals were just installed, approve them; otherwise find out who calls, and close the network to them.",
     "{count} nomor seri yang tidak dikenal menghubungi server dalam sepuluh menit terakhir.",
     "Bila baru memasang mesin, setujui mesin itu; bila tidak, cari tahu siapa yang menghubungi dan tutup "
     "jaringannya."},
    {"firmware_vulnerable", false,
     "{terminal} runs firmware {firmware}, which can be taken over from the network ({advisory}).",
     "Ask the vendor for a newer firmware; until then let only this server reach the terminal.",
     "{terminal} memakai firmware {firmware}, yang dapat diambil alih lewat jaringan ({advisory}).",
     "Minta firmware yang lebih baru ke penyedia; sementara itu batasi agar hanya server ini yang dapat mencapai "
     "mesin."},
    {"comm_key_zero", false,
     "{count} terminals are pulled without a communication key, so anybody on their network can read and change them.",
     "Set a key in each terminal's menu and name its file under terminals[].pull.comm_key_file.",
     "{count} mesin ditarik tanpa kunci komunikasi, sehingga siapa pun di jaringannya dapat membaca dan mengubahnya.",
     "Setel kunci di menu tiap mesin dan tulis berkasnya di terminals[].pull.comm_key_file."},
    {"disk_short", false, "The disk of {folder} has {free} MiB left, {percent} percent of it.",
     "Make room, or give it a larger disk; when it is full nothing is acknowledged and terminals keep their data.",
     "Disk untuk {folder} tersisa {free} MiB, {percent} persen.",
     "Kosongkan ruang atau perbesar disknya; bila penuh, data tidak diterima dan tetap tersimpan di mesin."},
    {"descriptors_short", false, "{used} of {limit} file descriptors are in use; beyond that connections wait.",
     "Raise LimitNOFILE of the service, or lower limits.connections.",
     "{used} dari {limit} file descriptor terpakai; di atas itu koneksi harus menunggu.",
     "Naikkan LimitNOFILE pada layanan, atau turunkan limits.connections."},
    {"certificate_ends", false, "The certificate {file} ends in {days} days.", "Renew it and reload presensid.",
     "Sertifikat {file} berakhir {days} hari lagi.", "Perbarui sertifikat lalu muat ulang presensid."},
    {"certificate_ended", false, "The certificate {file} has ended; browsers and terminals refuse it.",
     "Renew it and reload presensid.", "Sertifikat {file} sudah berakhir; peramban dan mesin menolaknya.",
     "Perbarui sertifikat lalu muat ulang presensid."},
    {"certificate_refused", false, "A new certificate cannot be used, and the old one goes on: {reason}",
     "Compare certificate and key: openssl x509 -in FILE -noout -text. The next look is in a minute.",
     "Sertifikat baru tidak dapat dipakai, yang lama tetap dipakai: {reason}",
     "Cocokkan sertifikat dan kunci: openssl x509 -in FILE -noout -text. Diperiksa lagi dalam satu menit."},
    {"backup_old", false, "The last backup is of {last}, more than 26 hours ago.",
     "Look why the backup did not run; it touches backup.stamp_file when it worked.",
     "Cadangan terakhir dibuat {last}, lebih dari 26 jam lalu.",
     "Periksa mengapa pencadangan tidak berjalan; bila berhasil ia memperbarui backup.stamp_file."},
    {"backup_missing", false, "No backup has been made yet: {file} is not there.",
     "Set up the backup; it touches backup.stamp_file when it worked.", "Belum pernah ada cadangan: {file} tidak ada.",
     "Siapkan pencadangan; bila berhasil ia memperbarui backup.stamp_file."},
    {"backup_unreadable", false, "{file} cannot be looked at, so nobody knows whether a backup was made: {reason}",
     "Let the user presensid enter its folder, or look whether its file system answers: ls -l {file}.",
     "{file} tidak dapat dilihat, sehingga tidak diketahui apakah cadangan dibuat: {reason}",
     "Izinkan pengguna presensid masuk ke foldernya, atau periksa apakah sistem berkasnya menjawab: ls -l {file}."},
    {"unclean_stop", false, "presensid did not stop by itself the last time: it was killed, or the power failed.",
     "Look into the system's log for the time before {at}; what was acknowledged is stored.",
     "presensid terakhir kali tidak berhenti dengan wajar: dihentikan paksa, atau listrik padam.",
     "Lihat log sistem sebelum {at}; data yang sudah diterima tetap tersimpan."},
    {"own_mistake", false, "presensid ran into a mistake of its own, the last time at {at}.",
     "Report the lines of \"journalctl -u presensid -p err\" around that time; what was not acknowledged comes again.",
     "Terjadi kesalahan di dalam program presensid, terakhir {at}.",
     "Laporkan baris \"journalctl -u presensid -p err\" di sekitar waktu itu; data yang belum diterima dikirim ulang."},
    {"alarms_unsent", false, "Alarms cannot be sent by {channel}: {reason}",
     "Look at alarms.{channel} in the configuration and at whoever receives there; it is tried on.",
     "Peringatan tidak dapat dikirim lewat {channel}: {reason}",
     "Periksa alarms.{channel} di konfigurasi dan penerimanya; pengiriman dicoba terus."},
}};

const AlarmKind& kind_of(std::string_view id) {
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [id](const AlarmKind& known) { return known.id == id; });
    if (kind == kinds.end()) throw std::logic_error("no alarm has this id: " + std::string(id));
    return *kind;
}

std::string fill_in(std::string_view text, const Alarms::Details& details, std::string Sentence::*language) {
    std::string filled;
    while (!text.empty()) {
        const auto open = text.find('{');
        const auto close = open == text.npos ? text.npos : text.find('}', open);
        if (close == text.npos) break;
        filled += text.substr(0, open);
        const auto name = text.substr(open + 1, close - open - 1);
        for (const auto& [key, value] : details) {
            if (key == name) filled += value.*language;
        }
        text.remove_prefix(close + 1);
    }
    filled += text;
    while (filled.ends_with(' ')) filled.pop_back();
    return filled;
}

}  // namespace

std::span<const AlarmKind> alarm_kinds() { return kinds; }

const AlarmKind& kind_of_alarm(std::string_view id) { return kind_of(id); }

Sentence both(std::string text) { return {text, std::move(text)}; }

void Alarms::raise(std::string_view id, const std::string& terminal, Instant now, const Details& details) {
    const AlarmKind& kind = kind_of(id);
    // Those of the whole gateway are few, and urgent ones at most a few of each terminal: they are always told.
    if (alarms_.size() >= most && !kind.urgent && !terminal.empty() && !stands(id, terminal)) return;
    const std::string name = name_ && !terminal.empty() ? name_(terminal) : terminal;
    Details all = details;
    all.emplace_back("terminal", both(name));
    const auto sentence = [&](std::string_view en, std::string_view id_text) {
        return Sentence{fill_in(en, all, &Sentence::en), fill_in(id_text, all, &Sentence::id)};
    };
    const auto [place, fresh] = alarms_.try_emplace({std::string(id), terminal});
    Alarm& alarm = place->second;
    if (fresh) alarm.since = now;
    alarm.id = id;
    alarm.terminal = terminal;
    alarm.urgent = kind.urgent;
    alarm.what = sentence(kind.what_en, kind.what_id);
    alarm.todo = sentence(kind.todo_en, kind.todo_id);
    if (fresh)
        log::warn("alarm.raised", "alarm raised", {{"alarm", id}, {"terminal", terminal}, {"what", alarm.what.en}});
}

void Alarms::clear(std::string_view id, const std::string& terminal) {
    const auto found = alarms_.find({std::string(id), terminal});
    if (found == alarms_.end()) return;
    alarms_.erase(found);
    log::info("alarm.cleared", "alarm cleared", {{"alarm", id}, {"terminal", terminal}});
}

void Alarms::clear_of(const std::string& terminal) {
    for (const AlarmKind& kind : kinds) clear(kind.id, terminal);
}

bool Alarms::stands(std::string_view id, const std::string& terminal) const {
    return alarms_.contains({std::string(id), terminal});
}

std::vector<Alarms::Alarm> Alarms::urgent() const {
    std::vector<Alarm> some;
    for (const auto& [key, alarm] : alarms_) {
        if (alarm.urgent) some.push_back(alarm);
    }
    return some;
}

std::size_t Alarms::standing(std::string_view id) const {
    std::size_t count = 0;
    // By id, then terminal.
    for (auto at = alarms_.lower_bound({std::string(id), ""}); at != alarms_.end() && at->first.first == id; ++at)
        ++count;
    return count;
}

std::vector<Alarms::Alarm> Alarms::list() const {
    std::vector<Alarm> all;
    for (const auto& [key, alarm] : alarms_) all.push_back(alarm);
    std::stable_partition(all.begin(), all.end(), [](const Alarm& alarm) { return alarm.urgent; });
    return all;
}

}  // namespace presensi
