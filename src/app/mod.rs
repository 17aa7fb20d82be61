//! The whole program put together: what is read, bound and started, in which order, and how it ends.
//!
//! ```text
//!  main ─▸ log, folder, stores, sockets ─▸ threads: sip · script-N · watchdog · media · watch · http
//!          signals ─▸ sip ─▸ quiet ─▸ stores written ─▸ exit 0
//! ```
//!
//! Whatever forbids a start is told in one line before anything has begun.

mod demo;
mod hands;
mod signals;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, anyhow};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::base::Dice;
use crate::base::access::Access;
use crate::base::socket::Heard;
use crate::cli::{self, ListenUri};
use crate::http::recordings::{Recordings, Settle};
use crate::http::visit::{Knock, Visits};
use crate::http::{self, Health, Sources, Status};
use crate::io::asr::Recognisers;
use crate::io::clip::Library;
use crate::io::clock;
use crate::io::fetch::{self, Fetcher};
use crate::io::folder::{Folder, Paths};
use crate::io::listen::Listeners;
use crate::io::media::MediaPlane;
use crate::io::post::{self, Poster};
use crate::io::record::{Desk, Links};
use crate::io::resolve::Resolver;
use crate::io::sip::{Driver, Pulse, Told, script_limits};
use crate::io::socket::{Inside, Sockets};
use crate::io::trace::Traces;
use crate::io::watch::{self, News, Pace, Watch};
use crate::io::workers::{self, Workers};
use crate::media;
use crate::scenario::{Catalog, Fault};
use crate::script::program::Scenario;
use crate::settings::Settings;
use crate::sip::route::Reach;
use crate::sip::stack;
use crate::sip::transport::Listener;
use crate::storage::{ApplicationStorage, CallLog, JournalFolder, Registrations, link_key};
use crate::switchboard::Switchboard;
use crate::telemetry;
use crate::telemetry::metrics::Figures;
use hands::Hands;
use signals::Signals;

/// Fresh isolates that each script thread keeps ready: a burst of calls finds them made.
const WARM: usize = 16;

/// Events of one session that may wait for its script.
const MAILBOX: usize = 256;

/// Two sockets a leg, and what the rest of the program needs.
const DESCRIPTORS: u64 = 65_536;

/// Threads of ours are up long before.
const START_WITHIN: Duration = Duration::from_secs(10);

/// Runs the program until it is told to end.
pub fn serve(options: cli::Serve) -> anyhow::Result<()> {
    let _log = telemetry::start(options.log.form, options.log.verbose)?;
    // Before anything answers: whoever has had an answer may end it.
    let signals = Signals::hear()?;
    let running = Running::start(&options, Figures::install()?)?;
    signals.end(running.told.clone())?;
    running.join()
}

/// Whether every check of the demonstration held.
pub fn demo(options: cli::Demo) -> anyhow::Result<bool> {
    demo::run(&options)
}

/// The program at work.
struct Running {
    bound: Vec<Listener>,
    told: UnboundedSender<Told>,
    sip: JoinHandle<()>,
    http: Http,
    /// Dropped with the program: it watches as long as it lives.
    _watch: Watch,
}

impl Running {
    /// Everything that can go wrong goes wrong here, before the first call.
    fn start(options: &cli::Serve, figures: Figures) -> anyhow::Result<Running> {
        raise_descriptor_limit();
        let folder = open_folder(&options.folder)?;
        let (settings, catalog) = (folder.settings().clone(), folder.catalog().clone());
        let (registrations, bindings) = Registrations::open(&options.data)
            .with_context(|| cannot_be_opened("the registrations", &options.data))?;
        let storage = ApplicationStorage::open(&options.data)
            .with_context(|| cannot_be_opened("the scenarios' storage", &options.data))?;
        let calls = CallLog::open(&options.data)
            .with_context(|| cannot_be_opened("the call records", &options.data))?;

        let runtime = runtime()?;
        let (told, hears) = unbounded_channel();
        let (listeners, wires) = {
            let _inside = runtime.enter();
            Listeners::bind(&wanted(&options.sip, settings.advertise))?
        };
        let bound = listeners.bound().to_vec();
        let resolver = {
            let _inside = runtime.enter();
            Resolver::new(Reach::new(&bound))
        };
        let http = TcpListener::bind(options.http)
            .with_context(|| format!("cannot listen on http:{}", options.http))?;
        let reached = http.local_addr()?;
        let key = link_key(&options.data)
            .with_context(|| cannot_be_opened("the key of links", &options.data))?;
        let root = options.data.join(&settings.recordings.folder);
        let mut dice = dice()?;
        let media = start_media(options, &bound, &mut dice, told.clone())?;
        let workers = start_workers(&settings)?;

        let chance = dice.deal();
        let links = Links {
            key: key.clone(),
            base: base_url(reached),
        };
        let recordings = start_recordings(
            root.clone(),
            &settings,
            links.clone(),
            dice.deal(),
            told.clone(),
        )?;
        let traces = start_traces(root.clone(), &settings, links, dice.deal(), told.clone())?;
        let access = Access {
            key: key.clone(),
            base: base_url(reached),
        };
        let shelf = Recordings {
            root,
            key,
            settle: both(recordings.settler(), traces.settler()),
        };
        let mut board = Switchboard::new(
            settings.clone(),
            catalog.clone(),
            stack_settings(&settings, bound.clone()),
            dice,
            clock::now(),
        );
        for (user, bindings) in bindings {
            board.restore_bindings(user, bindings, clock::now());
        }
        let sockets = start_sockets(&media, told.clone())?;
        let hands = Hands {
            listeners,
            sockets,
            resolver,
            dice: chance,
            media,
            calls,
            registrations,
            poster: Poster::start(post::Pace::default())
                .context("the thread for status URLs cannot be started")?,
            recognisers: start_recognisers(told.clone())?,
            library: Library::start(beside(&options.folder), &settings)
                .context("the threads for audio files cannot be started")?,
            fetcher: Fetcher::start(fetch::Room::default())
                .context("the thread for HTTP cannot be started")?,
            storage,
            recordings,
            traces,
            journals: JournalFolder::open(&options.data)
                .with_context(|| cannot_be_opened("the journals", &options.data))?,
            told: told.clone(),
        };
        let driver = Driver::new(board, workers, hands, settings.limits.clone())
            .with_access(access.clone(), &settings);
        let visits = visits(access, told.clone());
        let http = Http::start(http, sources(driver.pulse(), figures, shelf, visits))?;
        say_hello(&bound, reached, options, &settings, &catalog);
        let sip = thread::Builder::new()
            .name("sip".to_string())
            .spawn(move || {
                // What is to be kept is written when the hands let go of it.
                drop(runtime.block_on(driver.run(wires, hears)));
                runtime.shutdown_background();
            })
            .context("the SIP thread cannot be started")?;
        let tell = told.clone();
        let watch = watch::start(folder, Pace::default(), move |news| {
            let _ = tell.send(match news {
                News::Catalog(catalog) => Told::Catalog(catalog),
                News::Settings(settings) => Told::Settings(settings),
            });
        })
        .context("the folder cannot be watched")?;
        Ok(Running {
            bound,
            told,
            sip,
            http,
            _watch: watch,
        })
    }

    /// Take no new calls; asked again: end at once.
    fn end(&self) {
        let _ = self.told.send(Told::End);
    }

    fn has_ended(&self) -> bool {
        self.sip.is_finished()
    }

    /// Where somebody on this machine reaches it.
    fn sip_address(&self) -> SocketAddr {
        let first = self
            .bound
            .first()
            .expect("the command line names one at least");
        on_this_machine(first.bound)
    }

    /// Waits for the end, and until what is to be kept is written.
    fn join(self) -> anyhow::Result<()> {
        self.sip
            .join()
            .map_err(|_| anyhow!("the SIP thread failed by a bug; please report the panic"))?;
        self.http.stop();
        tracing::info!("ended");
        Ok(())
    }
}

/// `/healthz` and `/metrics` on a thread of their own: a scrape delays no call.
struct Http {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Http {
    fn start(listener: TcpListener, sources: Sources) -> anyhow::Result<Http> {
        let runtime = runtime()?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let thread = thread::Builder::new()
            .name("http".to_string())
            .spawn(move || {
                if let Err(error) = runtime.block_on(http::serve(listener, sources, stopped)) {
                    tracing::error!(%error, "HTTP has ended");
                }
                runtime.shutdown_background();
            })?;
        Ok(Http { stop, thread })
    }

    fn stop(self) {
        let _ = self.stop.send(());
        // A panic there has been logged where it happened.
        let _ = self.thread.join();
    }
}

/// The listeners as they are asked for; a port 0 is chosen by the system.
fn wanted(uris: &[ListenUri], advertise: Option<IpAddr>) -> Vec<Listener> {
    uris.iter()
        .map(|uri| Listener {
            transport: uri.transport,
            bound: uri.address,
            advertised: SocketAddr::new(
                advertise.unwrap_or_else(|| own_address(uri.address.ip())),
                uri.address.port(),
            ),
        })
        .collect()
}

/// What peers are told where we listen on all addresses: the one that leads out of this machine. The
/// socket is asked and sends nothing.
fn own_address(bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let (any, outside, loopback): (_, SocketAddr, IpAddr) = match bound {
        IpAddr::V4(_) => (
            SocketAddr::new(bound, 0),
            (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
            Ipv4Addr::LOCALHOST.into(),
        ),
        IpAddr::V6(_) => (
            SocketAddr::new(bound, 0),
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
            Ipv6Addr::LOCALHOST.into(),
        ),
    };
    UdpSocket::bind(any)
        .and_then(|socket| {
            socket.connect(outside)?;
            socket.local_addr()
        })
        .map_or(loopback, |address| address.ip())
}

fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the network loop cannot be started")
}

fn cannot_be_opened(what: &str, folder: &Path) -> String {
    format!("{what} in {} cannot be opened", folder.display())
}

/// Where folders of the configuration lie that are not absolute: beside it.
fn beside(options: &cli::Folder) -> PathBuf {
    let config = options.config.as_deref();
    let folder = config.and_then(Path::parent).unwrap_or(Path::new(""));
    match folder.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => folder.to_path_buf(),
    }
}

/// The first reading; faults that forbid a start are the error, one a line.
fn open_folder(options: &cli::Folder) -> anyhow::Result<Folder> {
    let paths = Paths::new(options.scenarios.clone(), options.config.clone());
    let (folder, reading) = Folder::open(paths, Scenario::compile).map_err(|faults| {
        let told: Vec<String> = faults.iter().map(Fault::to_string).collect();
        anyhow!(told.join("\n"))
    })?;
    watch::log(&reading);
    Ok(folder)
}

/// Calls need two descriptors a leg; the usual limit of 1024 would refuse the 500th.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit
        .maximum
        .map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the limit of open files stays as it is");
        }
    }
}

/// From the operating system: tags, branches and nonces cannot be guessed.
fn dice() -> anyhow::Result<Dice> {
    use std::io::Read;
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut seed))
        .context("the system has no randomness to give")?;
    Ok(Dice::from_entropy(seed))
}

fn start_recognisers(told: UnboundedSender<Told>) -> anyhow::Result<Recognisers> {
    let tell = move |unit, recognised| {
        let _ = told.send(Told::Recognised { unit, recognised });
    };
    Recognisers::start(Box::new(tell)).context("the thread of the recognisers cannot be started")
}

fn start_media(
    options: &cli::Serve,
    bound: &[Listener],
    dice: &mut Dice,
    told: UnboundedSender<Told>,
) -> anyhow::Result<MediaPlane> {
    let ip = bound
        .first()
        .map_or(IpAddr::from([127, 0, 0, 1]), |listener| listener.bound.ip());
    let ports = options.rtp_ports.first..=options.rtp_ports.last;
    let range = format!("{}-{}", ports.start(), ports.end());
    let (stocked, is_stocked) = sync_channel(1);
    let plane = MediaPlane::start(ip, ports, dice.deal(), move |event| {
        let _ = told.send(Told::Sound(event));
        // Only the first counts; the others find no room or nobody.
        let _ = stocked.try_send(());
    })
    .with_context(|| format!("no RTP port of {range} can be bound on {ip}"))?;
    is_stocked
        .recv_timeout(START_WITHIN)
        .context("the media thread does not start")?;
    Ok(plane)
}

fn start_recordings(
    root: PathBuf,
    settings: &Settings,
    links: Links,
    dice: Dice,
    told: UnboundedSender<Told>,
) -> anyhow::Result<Desk> {
    let tell = move |unit, news| {
        let _ = told.send(Told::Recording { unit, news });
    };
    Desk::start(root, &settings.recordings, links, dice, tell)
        .context("the thread for recordings cannot be started")
}

fn start_traces(
    root: PathBuf,
    settings: &Settings,
    links: Links,
    dice: Dice,
    told: UnboundedSender<Told>,
) -> anyhow::Result<Traces> {
    let keep_free = u64::from(settings.recordings.keep_free_mb) << 20;
    let tell = move |socket, why| {
        let heard = Heard::Unkept { why };
        let _ = told.send(Told::Socket { socket, heard });
    };
    Traces::start(root, keep_free, links, dice, tell)
        .context("the thread for traces cannot be started")
}

/// First the one, then the other.
fn both<A, B>(first: A, second: B) -> Settle
where
    A: Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static,
    B: Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static,
{
    let second = Arc::new(second);
    Arc::new(move |done| {
        let second = second.clone();
        first(Box::new(move || second(done)));
    })
}

/// Where this program's HTTP is reached where no setting says so.
fn base_url(bound: SocketAddr) -> String {
    let host = own_address(bound.ip());
    format!("http://{}", SocketAddr::new(host, bound.port()))
}

/// The sockets of scenarios, between the engine and the media thread.
fn start_sockets(media: &MediaPlane, told: UnboundedSender<Told>) -> anyhow::Result<Sockets> {
    let (feed, take) = (media.orders(), media.orders());
    let inside = Inside {
        tell: Arc::new(move |socket, heard| {
            let _ = told.send(Told::Socket { socket, heard });
        }),
        feed: Arc::new(move |unit, sound| {
            let order = media::Order::Voice(sound);
            feed.send(media::Command::Steer { unit, order });
        }),
        take: Arc::new(move |outlet, taker| take.take(outlet, taker)),
    };
    Sockets::start(inside).context("the thread for WebSockets cannot be started")
}

fn start_workers(settings: &Settings) -> anyhow::Result<Workers> {
    let threads = match settings.limits.workers {
        0 => thread::available_parallelism().map_or(2, usize::from),
        given => given as usize,
    };
    Workers::start(workers::Settings {
        threads,
        warm: WARM,
        mailbox: MAILBOX,
        limits: script_limits(&settings.limits),
        grace: workers::GRACE,
    })
    .context("the script threads cannot be started")
}

fn stack_settings(settings: &Settings, listeners: Vec<Listener>) -> stack::Settings {
    stack::Settings {
        product: concat!("switchhook/", env!("CARGO_PKG_VERSION")).to_string(),
        listeners,
        session_expires_s: settings.limits.session_expires_s,
        min_se_s: settings.limits.min_se_s,
        // Two legs a session, and a target for each while it is transferred.
        most_legs: settings.limits.most_sessions as usize * 4,
    }
}

/// Who comes to a session asks the engine.
fn visits(access: Access, told: UnboundedSender<Told>) -> Visits {
    let ask = move |knock: Knock| {
        let _ = told.send(match knock {
            Knock::Socket {
                session,
                visit,
                answer,
            } => Told::Visit {
                session,
                visit,
                answer,
            },
            Knock::Request {
                session,
                request,
                answer,
            } => Told::Request {
                session,
                request,
                answer,
            },
        });
    };
    Visits::new(access, Arc::new(ask))
}

fn sources(pulse: Arc<Pulse>, figures: Figures, recordings: Recordings, visits: Visits) -> Sources {
    let health = move || Health {
        status: match pulse.draining.load(Ordering::Relaxed) {
            true => Status::Draining,
            false => Status::Up,
        },
        version: env!("CARGO_PKG_VERSION"),
        sessions: pulse.sessions.load(Ordering::Relaxed),
    };
    Sources {
        health: Arc::new(health),
        figures,
        recordings: Some(recordings),
        visits: Some(visits),
    }
}

/// What listens, what answers, and who gets in.
fn say_hello(
    bound: &[Listener],
    http: SocketAddr,
    options: &cli::Serve,
    settings: &Settings,
    catalog: &Catalog,
) {
    let listens: Vec<String> = bound
        .iter()
        .map(|listener| {
            let told = match listener.advertised == listener.bound {
                true => String::new(),
                false => format!(" (peers are told {})", listener.advertised),
            };
            let transport = listener.transport.as_via().to_lowercase();
            format!("{transport}:{}{told}", listener.bound)
        })
        .collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        sip = listens.join(" "),
        http = %http,
        rtp = %format!("{}-{}", options.rtp_ports.first, options.rtp_ports.last),
        rules = catalog.rules().rules.len(),
        scenarios = catalog.scenarios().count(),
        users = settings.users.len(),
        trunks = settings.trunks.len(),
        "listening"
    );
    let only_loopback = bound
        .iter()
        .all(|listener| listener.bound.ip().is_loopback());
    match (settings.has_passwords(), only_loopback) {
        (true, _) => {
            tracing::info!("who calls needs a user's password, or a trunk's source address")
        }
        (false, true) => tracing::warn!(
            "no user has a password: everybody on this machine may call; nobody else can reach it"
        ),
        (false, false) => tracing::warn!(
            "no user has a password: everybody on this machine may call; from elsewhere only trunks get in"
        ),
    }
}

/// The address that a listener on all addresses means for somebody on this machine.
fn on_this_machine(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        ip if !ip.is_unspecified() => bound,
        IpAddr::V4(_) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), bound.port()),
        IpAddr::V6(_) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), bound.port()),
    }
}
