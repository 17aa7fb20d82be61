//! Recordings on a real disk, judged by what a player finds in them.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jiff::Timestamp;

use super::pen::{Paper, Pen};
use super::{Filed, Folder, Format, News, Pace, Plan, Recordings, Shape, place};
use crate::io::clip;
use crate::media::Clip;

const MONO: Shape = Shape {
    format: Format::Wav,
    rate_hz: 8000,
    is_stereo: false,
};

#[test]
fn what_is_recorded_is_what_is_played() {
    for format in Format::ALL {
        for rate_hz in [8000, 16_000, 48_000] {
            let shape = Shape {
                format,
                rate_hz,
                is_stereo: false,
            };
            let clip = record(shape, |at| tone(at, rate_hz, 1000.0));
            assert_eq!(clip.rate_hz(), rate_hz);
            let late = clip.duration().abs_diff(Duration::from_secs(2));
            let heard = level(clip.samples(), rate_hz, 1000.0);
            match format {
                // Whole frames, and what the encoder does not keep.
                Format::Mp3 => {
                    assert!(late < Duration::from_millis(1), "{rate_hz}: {late:?}");
                    assert!((9700.0..10_100.0).contains(&heard), "{rate_hz}: {heard}");
                }
                Format::Wav | Format::Flac => {
                    assert_eq!(late, Duration::ZERO);
                    assert!((9990.0..10_010.0).contains(&heard), "{heard}");
                }
            }
        }
    }
}

#[test]
fn stereo_has_its_first_channel_left() {
    for format in [Format::Wav, Format::Flac] {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(Shape {
            format,
            is_stereo: true,
            ..MONO
        });
        let path = folder.path().join(plan.filed.name());
        let (recordings, news) = start(folder.path(), place::create);
        recordings.begin(1, plan);
        recordings.inlet().sound(1, 0, [1000, -7000].repeat(160));
        recordings.end(1);
        drop(recordings);
        assert_eq!(news.iter().count(), 2);
        let (channels, samples) = read_both(&path);
        assert_eq!(channels, 2);
        assert_eq!(samples, [1000, -7000].repeat(160));
    }
}

/// Both sides of an mp3, and the moment at which its sound begins.
#[test]
fn an_mp3_keeps_its_sides_apart_and_its_time() {
    for rate_hz in [8000, 48_000] {
        let folder = tempfile::tempdir().unwrap();
        let shape = Shape {
            format: Format::Mp3,
            rate_hz,
            is_stereo: true,
        };
        let part = folder.path().join("x.mp3");
        let mut pen = Pen::new(place::create(&part).unwrap(), shape).unwrap();
        let frame = u64::from(rate_hz / 50);
        for n in 0..150 {
            // Half a second of silence first.
            let sides = match n < 25 {
                true => [vec![0; frame as usize], vec![0; frame as usize]],
                false => [440.0, 1000.0].map(|hz| tone(n * frame, rate_hz, hz)),
            };
            let both = sides[0].iter().zip(&sides[1]);
            let both: Vec<i16> = both.flat_map(|(left, right)| [*left, *right]).collect();
            pen.write(&both).unwrap();
        }
        pen.finish().unwrap();
        let (channels, samples) = read_both(&part);
        assert_eq!(channels, 2);
        let side = |n: usize| -> Vec<i16> { samples.iter().skip(n).step_by(2).copied().collect() };
        let (left, right) = (side(0), side(1));
        for (side, own, other) in [(&left, 440.0, 1000.0), (&right, 1000.0, 440.0)] {
            let middle = &side[rate_hz as usize..2 * rate_hz as usize];
            let (own, other) = (level(middle, rate_hz, own), level(middle, rate_hz, other));
            assert!((9500.0..10_200.0).contains(&own), "{rate_hz}: {own}");
            assert!(other < 300.0, "{rate_hz}: {other}");
            let begins = side.iter().position(|sample| sample.abs() > 3000).unwrap();
            let ms = begins as i64 * 1000 / i64::from(rate_hz);
            assert!((495..506).contains(&ms), "{rate_hz}: {ms}");
        }
    }
}

#[test]
fn what_was_left_out_is_silence_and_what_follows_is_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, _news) = start(folder.path(), place::create);
    let plan = plan(MONO);
    let path = folder.path().join(plan.filed.name());
    recordings.begin(1, plan);
    recordings.inlet().sound(1, 160, vec![7; 160]);
    recordings.inlet().sound(1, 16_000, vec![9; 160]);
    // Sound of nobody, and of one that is over.
    recordings.inlet().sound(2, 0, vec![1; 160]);
    recordings.end(1);
    recordings.inlet().sound(1, 16_160, vec![1; 160]);
    drop(recordings);
    let (_, samples) = read_both(&path);
    let mut wanted = vec![0; 160];
    wanted.extend([7; 160]);
    wanted.resize(16_000, 0);
    wanted.extend([9; 160]);
    assert_eq!(samples, wanted);
}

#[test]
fn a_recording_is_no_longer_than_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, news) = start(folder.path(), place::create);
    let mut plan = plan(MONO);
    plan.longest = Duration::from_secs(1);
    let path = folder.path().join(plan.filed.name());
    recordings.begin(1, plan);
    recordings.inlet().sound(1, 7900, vec![5; 160]);
    recordings.inlet().sound(1, 8060, vec![5; 160]);
    drop(recordings);
    let ended = News::Ended {
        duration: Duration::from_secs(1),
        fault: None,
    };
    assert_eq!(news.iter().collect::<Vec<_>>(), [(1, begun()), (1, ended)]);
    assert_eq!(read_both(&path).1.len(), 8000);
}

/// The disk takes 20,000 bytes of each file, and no more.
#[test]
fn a_full_disk_ends_the_recording_and_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, news) = start(folder.path(), |path| {
        let left = 20_000;
        let paper = place::create(path)?;
        Ok(Box::new(Small { paper, left }))
    });
    let plan = plan(MONO);
    let path = folder.path().join(plan.filed.name());
    recordings.begin(1, plan);
    for n in 0..200 {
        recordings.inlet().sound(1, n * 160, vec![3; 160]);
    }
    drop(recordings);
    let news: Vec<_> = news.iter().map(|(_, news)| news).collect();
    assert_eq!(news.len(), 2, "{news:?}");
    let News::Ended { fault, .. } = &news[1] else {
        panic!("{news:?}");
    };
    assert_eq!(fault.as_deref(), Some("the disk is full"));
    assert!(path.exists());
}

#[test]
fn where_nothing_can_be_written_the_recording_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file");
    fs::write(&root, "no folder").unwrap();
    let (recordings, news) = start(&root, place::create);
    recordings.begin(1, plan(MONO));
    drop(recordings);
    let news: Vec<_> = news.iter().collect();
    assert!(
        matches!(&news[..], [(1, News::Ended { fault: Some(_), .. })]),
        "{news:?}"
    );
}

#[test]
fn without_room_nothing_waits_and_nothing_grows() {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace {
        most_waiting: 0,
        ..Pace::default()
    };
    let recordings = Recordings::start(folder.path().into(), pace, |_: u8, _| {}).unwrap();
    recordings.begin(1, plan(MONO));
    assert!(!recordings.inlet().sound(1, 0, vec![1; 160]));
}

/// As after `kill -9`: the file is looked at while it is still being written.
#[test]
fn each_flush_leaves_a_file_that_can_be_played() {
    for format in Format::ALL {
        let folder = tempfile::tempdir().unwrap();
        let shape = Shape { format, ..MONO };
        let part = folder.path().join("x.part");
        let mut pen = Pen::new(place::create(&part).unwrap(), shape).unwrap();
        for n in 0..250 {
            pen.write(&tone(n * 160, 8000, 1000.0)[..160]).unwrap();
        }
        pen.flush().unwrap();
        let clip = clip::read(fs::read(&part).unwrap()).unwrap();
        let lost = Duration::from_secs(5) - clip.duration();
        assert!(lost <= Duration::from_millis(250), "{format:?}: {lost:?}");
        drop(pen);
    }
}

#[test]
fn no_more_recordings_are_under_way_than_there_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, news) = start(folder.path(), place::create);
    for n in [1, 2, 3] {
        let mut plan = plan(MONO);
        plan.filed = Folder::choose(Timestamp::UNIX_EPOCH, "", n.into(), "wav");
        plan.at_once = 2;
        recordings.begin(n, plan);
    }
    drop(recordings);
    let refused = news.iter().find_map(|(n, news)| match news {
        News::Ended { fault, .. } => fault.map(|fault| (n, fault)),
        News::Begun { .. } => None,
    });
    let fault = "2 recordings are under way already, which is recordings.atOnce";
    assert_eq!(refused, Some((3, fault.to_string())));
}

#[test]
fn who_asks_gets_what_was_recorded_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, _news) = start(folder.path(), place::create);
    let plan = plan(MONO);
    let part = folder.path().join(format!("{}.part", plan.filed.name()));
    recordings.begin(1, plan);
    recordings.inlet().sound(1, 0, vec![7; 160]);
    let (done, is_done) = channel();
    recordings
        .inlet()
        .settle(Box::new(move || done.send(()).unwrap()));
    is_done.recv().unwrap();
    assert_eq!(read_both(&part).1, [7; 160]);
    drop(recordings);
}

#[test]
fn what_a_crash_left_behind_gets_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("2026-11-20")).unwrap();
    fs::write(folder.path().join("2026-11-20/a.wav.part"), "sound").unwrap();
    let (recordings, _news) = start(folder.path(), place::create);
    drop(recordings);
    assert!(folder.path().join("2026-11-20/a.wav").exists());
    assert!(!folder.path().join("2026-11-20/a.wav.part").exists());
}

/// Two seconds of what `sound` says from each sample on.
fn record(shape: Shape, sound: impl Fn(u64) -> Vec<i16>) -> Clip {
    let folder = tempfile::tempdir().unwrap();
    let (recordings, news) = start(folder.path(), place::create);
    let plan = plan(shape);
    let path = folder.path().join(plan.filed.name());
    recordings.begin(1, plan);
    let frame = u64::from(shape.rate_hz / 50);
    for n in 0..100 {
        assert!(recordings.inlet().sound(1, n * frame, sound(n * frame)));
    }
    recordings.end(1);
    drop(recordings);
    let ended = News::Ended {
        duration: Duration::from_secs(2),
        fault: None,
    };
    assert_eq!(news.iter().collect::<Vec<_>>(), [(1, begun()), (1, ended)]);
    clip::read(fs::read(path).unwrap()).unwrap()
}

fn start(root: &Path, create: super::Create) -> (Recordings<u8>, Receiver<(u8, News)>) {
    let (tell, news) = channel();
    let pace = Pace {
        most_full: 0,
        ..Pace::default()
    };
    let tell = move |recording, news| tell.send((recording, news)).unwrap();
    let recordings = Recordings::start_on(root.into(), pace, create, tell).unwrap();
    (recordings, news)
}

fn plan(shape: Shape) -> Plan {
    Plan {
        shape,
        filed: filed(shape.format),
        url: "u".to_string(),
        longest: Duration::from_secs(3600),
        at_once: 10,
    }
}

fn begun() -> News {
    News::Begun {
        url: "u".to_string(),
    }
}

fn filed(format: Format) -> Filed {
    Folder::choose(Timestamp::UNIX_EPOCH, "", 1, format.ending())
}

/// 20 ms of a sine, from this sample on.
fn tone(from: u64, rate_hz: u32, hz: f64) -> Vec<i16> {
    let step = 2.0 * std::f64::consts::PI * hz / f64::from(rate_hz);
    let one = |n: u64| (10_000.0 * (step * n as f64).sin()).round() as i16;
    (from..from + u64::from(rate_hz / 50)).map(one).collect()
}

fn level(samples: &[i16], rate_hz: u32, hz: f64) -> f64 {
    clip::tests::level(samples, rate_hz, hz)
}

/// The channels and the interleaved samples, undone by symphonia's own reading of both formats.
fn read_both(path: &Path) -> (u16, Vec<i16>) {
    use symphonia::core::audio::GenericAudioBufferRef;
    use symphonia::core::formats::TrackType;
    use symphonia::core::io::MediaSourceStream;
    let source =
        MediaSourceStream::new(Box::new(fs::File::open(path).unwrap()), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &Default::default(),
            source,
            Default::default(),
            Default::default(),
        )
        .unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &Default::default())
        .unwrap();
    let (mut channels, mut all) = (0, Vec::new());
    while let Ok(Some(packet)) = format.next_packet() {
        let sound: GenericAudioBufferRef = decoder.decode(&packet).unwrap();
        channels = sound.num_planes() as u16;
        let mut some: Vec<i16> = Vec::new();
        sound.copy_to_vec_interleaved(&mut some);
        all.extend(some);
    }
    (channels, all)
}

/// A disk with little room.
struct Small {
    paper: Box<dyn Paper>,
    left: usize,
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.left);
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.left -= taken;
        self.paper.write(&bytes[..taken])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.paper.flush()
    }
}

impl Seek for Small {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.paper.seek(to)
    }
}
