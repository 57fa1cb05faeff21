// Reads a terminal's log with somebody else's library; prints "record<TAB>PIN<TAB>2026-11-02T07:00:00" for each.
//   node read.js zkteco-js|node-zklib PORT tcp|udp
const [library, port, transport] = process.argv.slice(2);
const Terminal = require(library);

async function main() {
  const terminal = new Terminal('127.0.0.1', Number(port), 10000, 4000);
  if (transport === 'udp') {
    // As its own createSocket does where TCP is refused.
    await terminal.zudp.createSocket();
    await terminal.zudp.connect();
    terminal.connectionType = 'udp';
  } else {
    await terminal.createSocket();
  }
  const { data } = await terminal.getAttendances(() => {});
  await terminal.disconnect();
  for (const record of data) {
    const time = new Date(record.record_time ?? record.recordTime);
    const two = (number) => String(number).padStart(2, '0');
    const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
    const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
    console.log(`record\t${record.user_id ?? record.deviceUserId}\t${day}T${clock}`);
  }
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
