//! A phone's sound over real RTP, in PCMU: it says what it is given, packet by packet in time, and keeps what it hears by
//! the clock of the stream, so that a machine that is busy for a moment tears nothing.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use switchhook::media::codec::{Coding, Decoder, Encoder};
use switchhook::media::measure::{Likeness, dbfs, liken};
use switchhook::media::rtp::Header;

pub const RATE_HZ: u32 = 8_000;
/// Samples of a packet.
const PACKET: usize = 160;
const STEP: Duration = Duration::from_millis(20);
/// It listens on for so long when it has said everything.
const AFTER: Duration = Duration::from_millis(1_700);
/// What comes later than that is not looked for.
const LATEST: Duration = Duration::from_millis(1_500);
/// How much is compared at a time, in samples.
pub const MOMENT: usize = 6_400;

/// A socket on an even port, as RTP wants it.
pub fn socket() -> UdpSocket {
    loop {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        if port(&socket).is_multiple_of(2) {
            return socket;
        }
    }
}

pub fn port(socket: &UdpSocket) -> u16 {
    socket.local_addr().expect("bound").port()
}

/// Says it to `peer` from `start` on. What is heard begins at `start` as well, at [`RATE_HZ`].
pub fn talk(
    socket: UdpSocket,
    peer: SocketAddr,
    start: Instant,
    said: Vec<i16>,
) -> JoinHandle<Vec<i16>> {
    thread::spawn(move || {
        let mut mouth = Mouth::new(u32::from(port(&socket)));
        let mut heard = Tape::default();
        let mut packets = said.chunks_exact(PACKET);
        let mut due = start;
        let end = start + STEP * (said.len() / PACKET) as u32 + AFTER;
        loop {
            let now = Instant::now();
            if now >= due
                && let Some(samples) = packets.next()
            {
                let _ = socket.send_to(&mouth.packet(samples), peer);
                due += STEP;
                continue;
            }
            let until = match packets.len() {
                0 => end,
                _ => due,
            };
            let patience = until.saturating_duration_since(now);
            if patience.is_zero() {
                return heard.sound();
            }
            socket.set_read_timeout(Some(patience)).expect("not zero");
            let mut packet = [0; 2_048];
            if let Ok(length) = socket.recv(&mut packet) {
                heard.take(&packet[..length], start.elapsed());
            }
        }
    })
}

/// Makes the packets of one stream.
pub struct Mouth {
    encoder: Encoder,
    header: Header,
}

impl Mouth {
    pub fn new(ssrc: u32) -> Mouth {
        Mouth {
            encoder: Encoder::new(Coding::Pcmu),
            header: Header {
                marker: true,
                payload: 0,
                sequence: 0,
                timestamp: 0,
                ssrc,
            },
        }
    }

    /// The next 20 ms.
    pub fn packet(&mut self, samples: &[i16]) -> Vec<u8> {
        let (mut packet, mut payload) = (Vec::new(), Vec::new());
        self.header.begin(&mut packet);
        self.encoder.encode(samples, &mut payload).expect("20 ms");
        packet.extend(payload);
        self.header.marker = false;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(PACKET as u32);
        packet
    }
}

/// What came, each packet with its place in the stream.
#[derive(Default)]
struct Tape {
    begins: Option<u32>,
    parts: Vec<(i32, Vec<i16>)>,
    /// Of the packet that was least late: its place in the time since the start, less that in the stream, in samples.
    offset: Option<i64>,
}

impl Tape {
    fn take(&mut self, packet: &[u8], since: Duration) {
        let Some(header) = Header::read(packet).filter(|header| header.payload == 0) else {
            return;
        };
        let begins = *self.begins.get_or_insert(header.timestamp);
        let place = header.timestamp.wrapping_sub(begins) as i32;
        let came = (since.as_secs_f64() * f64::from(RATE_HZ)) as i64 - i64::from(place);
        self.offset = Some(self.offset.map_or(came, |offset| offset.min(came)));
        let mut sound = Vec::new();
        let body = Header::body(packet);
        let mut decoder = Decoder::new(Coding::Pcmu);
        decoder.decode(body, &mut sound).expect("PCMU");
        self.parts.push((place, sound));
    }

    fn sound(self) -> Vec<i16> {
        let (mut sound, offset) = (Vec::new(), self.offset.unwrap_or(0));
        for (place, part) in self.parts {
            let Ok(at) = usize::try_from(i64::from(place) + offset) else {
                continue;
            };
            if sound.len() < at + part.len() {
                sound.resize(at + part.len(), 0);
            }
            sound[at..at + part.len()].copy_from_slice(&part);
        }
        sound
    }
}

/// How like what was heard is to what was said, in the moments that came through best: a busy machine tears the others, and
/// what a path does to the sound it does in all of them. Both begin at the same moment. `None` where none of it is to be found.
pub fn likeness(said: &[i16], heard: &[i16]) -> Option<Likeness> {
    let late = LATEST.as_millis() as usize * RATE_HZ as usize / 1_000;
    let moments = (0..said.len().saturating_sub(MOMENT)).step_by(MOMENT / 2);
    let found = moments.filter_map(|from| {
        let said = &said[from..from + MOMENT];
        let heard = heard.get(from..(from + MOMENT + late).min(heard.len()))?;
        let is_loud = dbfs(said) > -40.0;
        is_loud.then(|| liken(RATE_HZ, said, heard, LATEST))?
    });
    let mut found: Vec<Likeness> = found.collect();
    found.sort_by(|a, b| b.correlation.total_cmp(&a.correlation));
    // The one in the middle of the best third.
    found.get(found.len() / 6).copied()
}

/// A tone's level in most tenths of a second, in dBFS.
pub fn level(hz: f64, sound: &[i16]) -> f64 {
    let levels = levels(hz, sound);
    levels[levels.len() / 2]
}

/// And in the tenth where it is loudest.
pub fn loudest(hz: f64, sound: &[i16]) -> f64 {
    *levels(hz, sound).last().expect("a tenth of a second")
}

fn levels(hz: f64, sound: &[i16]) -> Vec<f64> {
    use switchhook::media::measure::level_at;
    let tenths = sound.chunks_exact(RATE_HZ as usize / 10);
    let mut levels: Vec<f64> = tenths.map(|tenth| level_at(RATE_HZ, hz, tenth)).collect();
    assert!(!levels.is_empty(), "{} samples", sound.len());
    levels.sort_by(f64::total_cmp);
    levels
}
