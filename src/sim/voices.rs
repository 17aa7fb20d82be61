//! The voices of phones: whoever was told to say something sends it as RTP, 20 ms at a time, in the codec that its line
//! has agreed on, for as long as the line takes it.
//!
//! ```text
//! Utterance ─▸ Throat: 320 samples at 16 kHz ─▸ for each line: resample ▸ encode ▸ number ─▸ the switchboard's sound
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::LegId;
use crate::media::Payload;
use crate::media::codec::{Coding, Encoder};
use crate::media::dtmf::Stroke;
use crate::media::measure::{SPEECH_HZ, Speech, peak_of, tone};
use crate::media::resample::Resampler;
use crate::media::rtp::Header;

const STEP: Duration = Duration::from_millis(20);
/// Samples of a step.
const SAMPLES: usize = SPEECH_HZ as usize / 50;
/// How loud whatever is said is where nothing is said about that, in dBFS.
pub const USUAL_DBFS: f64 = -15.0;
/// How long a key is held, and how long the pause after it is.
const KEY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(80));

/// What a phone says, until it says something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    pub what: What,
    /// Of a tone or of vowels, in dBFS; of keys, each of their two tones.
    pub dbfs: f64,
    /// It is silent then; `None`: for ever.
    pub lasts: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// All at once, each as loud, in Hz.
    Tones(Vec<u32>),
    /// Something like speech; each phone has a voice of its own.
    Speech,
    /// Packets of silence.
    Silence,
    /// The tones of keys, in the sound itself.
    Keys(Vec<Stroke>),
}

/// Everybody who says something.
#[derive(Default)]
pub struct Voices {
    speaking: BTreeMap<String, Speaker>,
    begun: u32,
    /// The switchboard's legs that were spoken to.
    reached: BTreeSet<LegId>,
}

struct Speaker {
    throat: Throat,
    /// When it says the next; `None` while no line takes it.
    due: Option<Instant>,
    /// By its own address.
    lines: BTreeMap<SocketAddr, Channel>,
}

/// Makes the sound.
struct Throat {
    utterance: Utterance,
    /// Samples so far.
    said: usize,
    speech: Speech,
    /// What is left of the keys.
    keys: VecDeque<i16>,
}

/// One line's packets.
struct Channel {
    payload: Payload,
    encoder: Encoder,
    resampler: Resampler,
    waiting: Vec<i16>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// When the last packet went.
    last: Option<Instant>,
}

/// A line that takes sound.
pub struct Open {
    /// The switchboard's.
    pub leg: LegId,
    /// The phone's.
    pub from: SocketAddr,
    pub payload: Payload,
}

/// 20 ms of what a phone says.
pub struct Said {
    /// At [`SPEECH_HZ`].
    pub sound: Vec<i16>,
    /// For the switchboard's legs, from the phone's addresses.
    pub packets: Vec<(LegId, SocketAddr, Vec<u8>)>,
}

impl Voices {
    /// From now on the phone says this; `None`: nothing, and no packets.
    pub fn tell(&mut self, phone: &str, utterance: Option<Utterance>, now: Instant) {
        let Some(utterance) = utterance else {
            self.speaking.remove(phone);
            return;
        };
        match self.speaking.get_mut(phone) {
            Some(speaker) => speaker.throat.begin(utterance),
            None => {
                let speaker = Speaker {
                    throat: Throat::new(phone, utterance),
                    due: Some(now),
                    lines: BTreeMap::new(),
                };
                self.speaking.insert(phone.to_string(), speaker);
            }
        }
    }

    /// Whether a voice has come in on the switchboard's `leg`, so that its sound is more than who hears whom.
    pub fn have_reached(&self, leg: LegId) -> bool {
        self.reached.contains(&leg)
    }

    /// Something may have changed: whoever has no line that takes sound looks again.
    pub fn wake(&mut self, now: Instant) {
        for speaker in self.speaking.values_mut() {
            speaker.due.get_or_insert(now);
        }
    }

    /// The phone cannot say anything just now.
    pub fn wait(&mut self, phone: &str, now: Instant) {
        if let Some(speaker) = self.speaking.get_mut(phone) {
            speaker.due = Some(now + STEP);
        }
    }

    pub fn next_due(&self) -> Option<Instant> {
        self.speaking
            .values()
            .filter_map(|speaker| speaker.due)
            .min()
    }

    /// Whose turn it is to say something.
    pub fn due(&self, now: Instant) -> Option<String> {
        let mut speaking = self.speaking.iter();
        let (name, _) = speaking.find(|(_, speaker)| speaker.due.is_some_and(|at| at <= now))?;
        Some(name.clone())
    }

    /// The next 20 ms of what the phone says, at 16 kHz, and its packets for these lines. Where there are none it waits to be
    /// woken.
    pub fn say(&mut self, phone: &str, open: &[Open], now: Instant) -> Option<Said> {
        let speaker = self.speaking.get_mut(phone)?;
        speaker
            .lines
            .retain(|own, _| open.iter().any(|line| line.from == *own));
        if open.is_empty() {
            speaker.due = None;
            return None;
        }
        speaker.due = Some(now + STEP);
        let sound = speaker.throat.make();
        let packets = open.iter().filter_map(|line| {
            let known = speaker.lines.remove(&line.from);
            let mut channel = Channel::of(known, &line.payload, &mut self.begun)?;
            let packet = channel.packet(&sound, now);
            speaker.lines.insert(line.from, channel);
            self.reached.insert(line.leg);
            Some((line.leg, line.from, packet?))
        });
        let packets = packets.collect();
        Some(Said { sound, packets })
    }
}

impl Throat {
    fn new(phone: &str, utterance: Utterance) -> Throat {
        let seed = phone
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut throat = Throat {
            speech: Speech::new(seed),
            said: 0,
            keys: VecDeque::new(),
            utterance: utterance.clone(),
        };
        throat.begin(utterance);
        throat
    }

    fn begin(&mut self, utterance: Utterance) {
        self.keys.clear();
        if let What::Keys(strokes) = &utterance.what {
            let strokes = strokes.iter().map(|stroke| dialled(stroke, utterance.dbfs));
            self.keys = strokes.flatten().collect();
        }
        (self.said, self.utterance) = (0, utterance);
    }

    fn make(&mut self) -> Vec<i16> {
        let Utterance { what, dbfs, lasts } = &self.utterance;
        let mut sound = vec![0; SAMPLES];
        match what {
            What::Tones(tones) => {
                for hz in tones {
                    // A whole second has whole periods of every tone.
                    let phase = self.said % SPEECH_HZ as usize;
                    let made = tone(SPEECH_HZ, f64::from(*hz), peak_of(*dbfs), phase + SAMPLES);
                    for (sample, made) in sound.iter_mut().zip(made.iter().skip(phase)) {
                        *sample = i16::saturating_add(*sample, *made);
                    }
                }
            }
            What::Speech => {
                self.speech.fill(&mut sound);
                // It speaks at -20 of itself.
                let gain = 10f64.powf((dbfs + 20.0) / 20.0);
                for sample in &mut sound {
                    *sample = (f64::from(*sample) * gain).clamp(-32_768.0, 32_767.0) as i16;
                }
            }
            What::Silence => {}
            What::Keys(_) => {
                let count = self.keys.len().min(SAMPLES);
                for (sample, key) in sound.iter_mut().zip(self.keys.drain(..count)) {
                    *sample = key;
                }
            }
        }
        if let Some(lasts) = lasts {
            let last = (lasts.as_secs_f64() * f64::from(SPEECH_HZ)) as usize;
            for sample in sound.iter_mut().skip(last.saturating_sub(self.said)) {
                *sample = 0;
            }
        }
        self.said += SAMPLES;
        sound
    }
}

/// One key with the pause after it, or a pause.
fn dialled(stroke: &Stroke, dbfs: f64) -> Vec<i16> {
    let count = |time: Duration| time.as_millis() as usize * SPEECH_HZ as usize / 1_000;
    match stroke {
        Stroke::Pause(pause) => vec![0; count(*pause)],
        Stroke::Key(key) => {
            let (low, high) = key.tones();
            let one = |hz| tone(SPEECH_HZ, hz, peak_of(dbfs), count(KEY.0));
            let both = one(low).into_iter().zip(one(high));
            let mut sound: Vec<i16> = both.map(|(low, high)| low.saturating_add(high)).collect();
            sound.resize(sound.len() + count(KEY.1), 0);
            sound
        }
    }
}

impl Channel {
    /// The same stream goes on where the line now speaks another codec. `None` where it is none that we speak.
    fn of(known: Option<Channel>, payload: &Payload, begun: &mut u32) -> Option<Channel> {
        let known = match known {
            Some(same) if same.payload == *payload => return Some(same),
            known => known,
        };
        let coding = Coding::of(payload.name, payload.clock_hz)?;
        let (ssrc, sequence, timestamp, last) = match known {
            Some(known) => (known.ssrc, known.sequence, known.timestamp, known.last),
            None => {
                *begun += 1;
                // Keys are told from 1 on (see `fingers`).
                (0x5000_0000 + *begun, 0, *begun * 1_000_000, None)
            }
        };
        Some(Channel {
            payload: payload.clone(),
            encoder: Encoder::new(coding),
            resampler: Resampler::new(SPEECH_HZ, coding.rate_hz()).ok()?,
            waiting: Vec::new(),
            ssrc,
            sequence,
            timestamp,
            last,
        })
    }

    fn packet(&mut self, sound: &[i16], now: Instant) -> Option<Vec<u8>> {
        self.resampler.resample(sound, &mut self.waiting);
        let mut payload = Vec::new();
        self.encoder.encode(&self.waiting, &mut payload).ok()?;
        self.waiting.clear();
        // The clock goes on while nothing is said (RFC 3550 §5.1).
        let gone = self.last.map_or(STEP, |last| now.duration_since(last));
        let ticks = gone.as_millis() as u32 * (self.payload.clock_hz / 1_000);
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.sequence = self.sequence.wrapping_add(1);
        self.last = Some(now);
        let header = Header {
            marker: gone > STEP,
            payload: self.payload.receive,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let mut packet = Vec::new();
        header.begin(&mut packet);
        packet.extend_from_slice(&payload);
        Some(packet)
    }
}

impl fmt::Display for Utterance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Tones(tones) => {
                let tones: Vec<_> = tones.iter().map(u32::to_string).collect();
                write!(f, "{} Hz", tones.join(" and "))?;
            }
            What::Speech => f.write_str("speech")?,
            What::Silence => f.write_str("silence")?,
            What::Keys(_) => f.write_str("keys")?,
        }
        if self.dbfs != USUAL_DBFS {
            write!(f, " at {} dB", self.dbfs)?;
        }
        match self.lasts {
            Some(lasts) => write!(f, " for {} s", lasts.as_secs_f64()),
            None => Ok(()),
        }
    }
}
