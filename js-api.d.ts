// What a scenario of switchhook can use. The words are those of Voximplant's VoxEngine, so that its
// scenarios run unchanged; what VoxEngine has and is not listed here throws "… is not supported yet".
// Members marked "switchhook" are additions. A test compares this file with the running program both ways.
//
// Everywhere: `undefined` and `null` in an optional place count as absent, surplus arguments are
// ignored, functions of VoxEngine, Logger and console work unbound, and an operation on a call that has
// ended does nothing but write a warning with file and line.

/** Headers that a script sends: names beginning with `X-`, at most 200 bytes long and 4095 with their value; no control characters. Anything else throws a TypeError. The headers of an event may be handed on as they are; what may not be sent of them is left out. */
interface Headers {
  [name: string]: string;
}

/** What a caller said about media. Opaque; it may be handed on to `answer` or to another call. */
interface Scheme {
  [id: string]: any;
}

/** Anything with sound. A unit sends to any number of others and hears one: the newest wins. A conference hears all. */
type MediaUnit = Call | Conference | Player | SequencePlayer | Recorder | ASR | WebSocket;

/** Where a call stands. Outgoing calls begin as `PROGRESSING`. */
type CallState = "ALERTING" | "PROGRESSING" | "CONNECTED" | "TERMINATED";

/** Who somebody is in a transfer: the one who asks for it, the one who is moved, the one who is reached. */
type TransferRole = "transferor" | "transferee" | "target";

/** Events of the session, for `VoxEngine.addEventListener`. */
declare enum AppEvents {
  /** The first of all, after the scenarios' top-level code. */
  Started = "Application.Started",
  /** A call has come in; the session exists for it. Unanswered after 60 s it is disconnected. */
  CallAlerting = "Application.CallAlerting",
  /** A request has come to `accessURL` of `Started`, by any method; whoever sent it gets 200 when the script is about to hear of it. */
  HttpRequest = "Application.HttpRequest",
  /** A server has connected to the session; before, `VoxEngine.allowWebSocketConnections` was called. Without a listener the socket ends with 1008. */
  WebSocket = "AppEvents.NewWebSocketConnection",
  /** A server that was allowed to connect could not: the session has as many sockets as it may. */
  NewWebSocketFailed = "Application.OnNewWebSocketFailed",
  /** The session is ending: timers and calls are dead already. */
  Terminating = "Application.Terminating",
  /** The session has ended; only `Logger.write` works. */
  Terminated = "Application.Terminated",
}

/** What each event of the session carries. */
interface AppEventMap {
  [AppEvents.Started]: StartedEvent;
  [AppEvents.CallAlerting]: CallAlertingEvent;
  [AppEvents.HttpRequest]: HttpRequestEvent;
  [AppEvents.WebSocket]: NewWebSocketEvent;
  [AppEvents.NewWebSocketFailed]: NewWebSocketFailedEvent;
  [AppEvents.Terminating]: TerminatingEvent;
  [AppEvents.Terminated]: TerminatedEvent;
}

interface StartedEvent {
  /** Where this session is reached while it lives, by requests (`AppEvents.HttpRequest`) and WebSockets (docs/websockets.md): beneath `recordings.url`, or the program's own HTTP. Whoever has it gets in; '' in tests. */
  accessURL: string;
  /** The same with `https:`; what it leads to is whatever ends TLS before the program. */
  accessSecureURL: string;
  /** The session's id as the logs have it: 16 hex digits. A number in VoxEngine. */
  sessionId: string;
}

/** A request from outside to a session that runs. Whoever sends it has written all of it. */
interface HttpRequestEvent {
  /** `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`. */
  method: string;
  /** What follows `accessURL`, `/` where nothing does; with its query. 2 KiB at most. */
  path: string;
  /** The body: UTF-8, 64 KiB at most. */
  content: string;
  /** The headers whose names begin with `x-`, in small letters. */
  headers: { key: string; value: string }[];
}

/** How a server asked for its connection. */
interface VisitEvent {
  /** `GET`. */
  method: string;
  /** What follows `accessURL`, `/` where nothing does; with its query. */
  path: string;
  /** ''. */
  content: string;
  /** The request's headers, in small letters, without those of the handshake. Whoever connects has written them. */
  headers: { key: string; value: string }[];
}

interface NewWebSocketEvent extends VisitEvent {
  /** The socket, open already: no `OPEN` comes. Its `url` is the path. */
  websocket: WebSocket;
}

interface NewWebSocketFailedEvent extends VisitEvent {
  /** Why. */
  reason: string;
}

interface CallAlertingEvent {
  /** The incoming call. */
  call: Call;
  /** `AppEvents.CallAlerting`. */
  name: string;
  /** The call's id. */
  id: string;
  /** The user part of the caller's address. */
  callerid: string;
  /** The dialled number or user name. */
  destination: string;
  /** The caller's display name; '' where there is none. */
  displayName: string;
  /** The caller's address (From). */
  fromURI: string;
  /** The dialled address (To). */
  toURI: string;
  /** The INVITE's `X-*` headers, found in any spelling; also `VI-Client-Type`, which is not listed. */
  headers: Headers;
  /** The call's custom data. */
  customData: string;
  /** What the caller said about media. */
  scheme?: Scheme;
}

interface TerminatingEvent {
  /** True where an error of the script ended the session. */
  systemError: boolean;
}

interface TerminatedEvent {
  /** True where an error of the script ended the session. */
  systemError: boolean;
}

/** Events of one call, for `Call.addEventListener`. */
declare enum CallEvents {
  /** The call is answered. */
  Connected = "Call.Connected",
  /** The call has ended, in any way but `Failed`. */
  Disconnected = "Call.Disconnected",
  /** An outgoing call ended before it was answered. */
  Failed = "Call.Failed",
  /** An outgoing call rings (180). */
  Ringing = "Call.Ringing",
  /** An outgoing call has early media (183), whether or not sound came. */
  AudioStarted = "Call.AudioStarted",
  /** A SIP INFO has come in. */
  InfoReceived = "Call.InfoReceived",
  /** A text message has come in. */
  MessageReceived = "Call.MessageReceived",
  /** The far end holds the call. */
  OnHold = "Call.OnHold",
  /** The far end takes the call up again. */
  OffHold = "Call.OffHold",
  /** The far end asks for a transfer (REFER), and `handleBlindTransfer(true)` was called. A verdict is owed: `notifyBlindTransferSuccess` or `notifyBlindTransferFailed`. */
  BlindTransferRequested = "Call.BlindTransferRequested",
  /** switchhook: how the transfer goes that `transferTo` has asked for: every status that the far end tells of the new call. */
  TransferProgress = "Call.TransferProgress",
  /** A transfer in which this call took part has succeeded. */
  TransferComplete = "Call.TransferComplete",
  /** A transfer in which this call took part has failed. */
  TransferFailed = "Call.TransferFailed",
  /** `state()` has changed; raised before the event that changed it. */
  StateChanged = "Call.StateChanged",
  /** The first sound has come in. */
  FirstAudioPacketReceived = "Call.FirstAudioPacketReceived",
  /** No sound has come in for 7 s. */
  RtpStopped = "Call.RtpStopped",
  /** Sound comes in again. */
  RtpResumed = "Call.RtpResumed",
  /** It is known for what band the far end codes its sound: with its first packet, and where that changes. */
  AudioQualityDetected = "Call.AudioQualityDetected",
  /** The far end has pressed a key, and `handleTones` has asked for it. */
  ToneReceived = "Call.ToneReceived",
  /** Somebody at the far end begins to speak or has fallen silent, and `handleMicStatus` has asked for it. */
  MicStatusChange = "Call.MicStatusChange",
  /** The first tone of an exchange or an answering machine that a connected call brings; once in a call, and listened for only while somebody listens to this event. */
  ToneDetected = "Call.ToneDetected",
  /** What `enableBeepDetection` has asked for has come, or has not. */
  BeepDetectionComplete = "Call.BeepDetectionComplete",
  /** A beep cannot be waited for: it is already. */
  BeepDetectionError = "Call.BeepDetectionError",
  /** An AMD detector begins to listen to the call. */
  AudioIdentificationStarted = "Call.AudioIdentificationStarted",
  /** It listens no more. */
  AudioIdentificationStopped = "Call.AudioIdentificationStopped",
  /** What it has found, as `AMD.Events.DetectionComplete` tells the detector. */
  AudioIdentificationResult = "Call.AudioIdentificationResult",
  /** It cannot listen, as `AMD.Events.DetectionError` tells the detector. */
  AudioIdentificationError = "Call.AudioIdentificationError",
  /** A sample that `monitorMediaStatistics` has asked for. */
  MediaStatisticsReceived = "Call.MediaStatisticsReceived",
  /** How the call's sound fares has changed: losses, jitter, or whether there is any. Looked at every 5 s, or as often as `monitorMediaStatistics` says, while somebody listens. @deprecated It says nothing more: use `monitorMediaStatistics`. */
  Statistics = "Call.Statistics",
  /** What `startPlayback` or `say` plays has come. */
  PlaybackReady = "Call.PlaybackReady",
  /** Its first sound. */
  PlaybackStarted = "Call.PlaybackStarted",
  /** It has come to its end, or could not be played at all. Not after `stopPlayback`, nor where something else has taken its place. */
  PlaybackFinished = "Call.PlaybackFinished",
  /** What `record` writes is there, and can be had at its link from now on. */
  RecordStarted = "Call.RecordStarted",
  /** Nothing more is written; the last of a recording. Where the end of the call ends it, after `Disconnected` or `Failed`. */
  RecordStopped = "Call.RecordStopped",
  /** Nothing can be written: the disk is full, or it is not ours to write on. The call goes on. Where the recording had begun, `RecordStopped` follows, and what was written till then is kept. */
  RecordError = "Call.RecordError",
}

/** The band of a call's sound. */
declare enum CallAudioQuality {
  /** Wideband: Opus, G.722. */
  HD = "HD",
  /** The telephone's band. */
  STANDARD = "Standard",
}

/** What each event of a call carries. */
interface CallEventMap {
  [CallEvents.Connected]: ConnectedEvent;
  [CallEvents.Disconnected]: DisconnectedEvent;
  [CallEvents.Failed]: FailedEvent;
  [CallEvents.Ringing]: RingingEvent;
  [CallEvents.AudioStarted]: AudioStartedEvent;
  [CallEvents.InfoReceived]: InfoReceivedEvent;
  [CallEvents.MessageReceived]: MessageReceivedEvent;
  [CallEvents.OnHold]: CallEvent;
  [CallEvents.OffHold]: CallEvent;
  [CallEvents.BlindTransferRequested]: BlindTransferRequestedEvent;
  [CallEvents.TransferProgress]: TransferProgressEvent;
  [CallEvents.TransferComplete]: TransferCompleteEvent;
  [CallEvents.TransferFailed]: TransferFailedEvent;
  [CallEvents.StateChanged]: StateChangedEvent;
  [CallEvents.FirstAudioPacketReceived]: CallEvent;
  [CallEvents.RtpStopped]: CallEvent;
  [CallEvents.RtpResumed]: CallEvent;
  [CallEvents.AudioQualityDetected]: AudioQualityDetectedEvent;
  [CallEvents.ToneReceived]: ToneReceivedEvent;
  [CallEvents.MicStatusChange]: MicStatusChangeEvent;
  [CallEvents.ToneDetected]: ToneDetectedEvent;
  [CallEvents.BeepDetectionComplete]: BeepDetectionCompleteEvent;
  [CallEvents.BeepDetectionError]: BeepDetectionErrorEvent;
  [CallEvents.AudioIdentificationStarted]: CallEvent;
  [CallEvents.AudioIdentificationStopped]: CallEvent;
  [CallEvents.AudioIdentificationResult]: AudioIdentificationResultEvent;
  [CallEvents.AudioIdentificationError]: CallEvent;
  [CallEvents.MediaStatisticsReceived]: MediaStatisticsReceivedEvent;
  [CallEvents.Statistics]: CallEvent;
  [CallEvents.PlaybackReady]: CallEvent;
  [CallEvents.PlaybackStarted]: CallPlaybackStartedEvent;
  [CallEvents.PlaybackFinished]: CallPlaybackFinishedEvent;
  [CallEvents.RecordStarted]: RecordStartedEvent;
  [CallEvents.RecordStopped]: RecordStoppedEvent;
  [CallEvents.RecordError]: RecordErrorEvent;
}

/** How a key comes. */
declare enum DTMFType {
  /** In any way. */
  ALL = 0,
  /** Beside the sound: RFC 4733, or 2833. */
  TELEPHONE_EVENT = 1,
  /** In the sound itself: two tones, 25 ms or longer. */
  IN_BAND = 2,
  /** In a SIP INFO: `application/dtmf-relay` or `application/dtmf`. */
  SIP_INFO = 3,
}

/** What every event of a call carries. */
interface CallEvent {
  /** The call. */
  call: Call;
  /** The event's name, e.g. `CallEvents.Connected`. */
  name: string;
  /** The call's id. */
  id: string;
}

interface ToneReceivedEvent extends CallEvent {
  /** The key: `0` to `9`, `*`, `#`, `A` to `D`. */
  tone: string;
  /** How it came. */
  type: DTMFType;
}

interface MicStatusChangeEvent extends CallEvent {
  /** Whether somebody speaks. */
  active: boolean;
}

interface ToneDetectedEvent extends CallEvent {
  /** Whether it is a tone of the exchange. */
  ProgressTone: boolean;
  /** Whether it is the beep of an answering machine. */
  VoicemailTone: boolean;
  /** switchhook: which it is: `dial`, `ringback`, `busy`, `congestion`, `special` (there is no such number), `voicemail`. */
  tone: string;
}

interface BeepDetectionCompleteEvent extends CallEvent {
  /** The frequency of the beep in Hz: the one that was asked for, or its own. Absent where there was none. */
  frequencies?: number[];
  /** Absent: there was a beep; true: it did not come in time; false: `disableBeepDetection` was called. */
  timeout?: boolean;
}

interface BeepDetectionErrorEvent extends CallEvent {
  /** Why. */
  reason: string;
}

interface AudioIdentificationResultEvent extends CallEvent {
  /** Who has picked up. */
  audioType: AMD.ResultClass;
  /** Always NONE: machines that speak like humans are not told apart. */
  audioSubType: AMD.ResultSubtype;
  /** 0 to 100: how far the rule is met, not a measured probability. */
  confidence: number;
}

/** For `Call.enableBeepDetection`. */
interface CallEnableBeepDetectionParameters {
  /** In Hz, 200 to 3400 (RangeError), at most 16: one of them, within 3 %. Without it any steady tone of 460 to 2700 Hz that lasts 0.1 to 2.6 s. */
  frequencies?: number[];
  /** Milliseconds, 1 to 3 600 000 (RangeError). Without it there is no end but the call's. */
  timeout?: number;
}

interface AudioQualityDetectedEvent extends CallEvent {
  /** For what band the far end codes. */
  quality: CallAudioQuality;
}

interface CallPlaybackStartedEvent extends CallEvent {
  /** How long it plays, in seconds. */
  duration: number;
}

interface CallPlaybackFinishedEvent extends CallEvent {
  /** Why it could not be played; absent where it has come to its end. */
  error?: string;
}

interface RecordStartedEvent extends CallEvent {
  /** A link to the file, for whoever has it, for `recordings.linkDays`. While it is written it leads to what is there so far. */
  url: string;
}

interface RecordStoppedEvent extends CallEvent {
  /** The same link; '' where the call was over before the file was there. */
  url: string;
  /** How long it was recorded, in seconds. */
  duration: number;
  /** Always '0'. */
  cost: string;
}

interface RecordErrorEvent extends CallEvent {
  /** What is wrong. */
  error: string;
}

interface MediaStatisticsReceivedEvent extends CallEvent {
  /** The samples. */
  audio: CallMediaStatistics;
}

/** How a call's sound has fared since the last sample: one stream each way. */
interface CallMediaStatistics {
  /** What the far end sends, as we count it. */
  in: CallMediaStatisticsSample[];
  /** What we send, as the far end reports on it (RTCP). */
  out: CallMediaStatisticsSample[];
}

/** One stream. VoxEngine's `audioLevel` is not there: sound that is relayed is not decoded. */
interface CallMediaStatisticsSample {
  /** The stream's SSRC. */
  id: number;
  /** Packets since the last sample. */
  numPackets: number;
  /** Percent of the packets that were lost; absent where the far end has not reported. */
  packetLoss?: number;
  /** Interarrival jitter in milliseconds (RFC 3550); absent where the far end has not reported. */
  jitter?: number;
}

/** What `monitorMediaStatistics` takes. */
interface MonitorMediaStatisticsParameters {
  /** Whether to go on; true where it is absent. */
  monitor?: boolean;
  /** Milliseconds between two samples, 1000 to 3 600 000 (RangeError); 5000 where it is absent. */
  interval?: number;
}

interface CallEventWithHeaders extends CallEvent {
  /** The message's `X-*` headers, found in any spelling, listed in the sender's. */
  headers: Headers;
}

interface ConnectedEvent extends CallEventWithHeaders {
  /** The call's custom data. */
  customData: string;
  /** What the far end said about media; may be handed to `answer`. */
  scheme?: Scheme;
}

interface DisconnectedEvent extends CallEventWithHeaders {
  /** The SIP status that ended the call. */
  internalCode: number;
  /** Why it ended, in words. */
  reason: string;
  /** Seconds since the answer; 0 where there was none. */
  duration: number;
  /** Always 0: calls cost nothing here. */
  cost: number;
  /** `Incoming` where the far end hung up, `Outgoing` where the script or the program did. */
  direction: string;
}

interface FailedEvent extends CallEventWithHeaders {
  /** The SIP status: 486 busy, 487 cancelled, 404 no such number, 480 unavailable, 603 declined, 408 no answer, 403 a limit of the session. */
  code: number;
  /** The status in words. */
  reason: string;
}

interface RingingEvent extends CallEventWithHeaders {}

interface AudioStartedEvent extends CallEventWithHeaders {}

interface InfoReceivedEvent extends CallEventWithHeaders {
  /** The body's MIME type. */
  mimeType: string;
  /** The body. */
  body: string;
}

interface MessageReceivedEvent extends CallEventWithHeaders {
  /** The text. */
  text: string;
}

interface BlindTransferRequestedEvent extends CallEventWithHeaders {
  /** Whom the far end wants to be called: the user part of Refer-To. `headers` also has `Refer-To` and `Referred-By` as they came. */
  transferTo: string;
  /** switchhook: the call that is joined with the one that asks, and is to be transferred. */
  transferee?: Call;
  /** switchhook: the call that is to be replaced, where the far end named one. */
  replaces?: Replaces;
  /** switchhook: milliseconds that the script has for its verdict; then the transfer fails with 408. */
  deadlineMs: number;
}

interface TransferProgressEvent extends CallEvent {
  /** The SIP status of the new call so far, e.g. 180; the final one comes here too. */
  status: number;
  /** The status in words. */
  reason: string;
}

interface TransferCompleteEvent extends CallEventWithHeaders {
  /** This call's part in the transfer; after `transferTo` it is the `transferee`. */
  role: TransferRole;
  /** switchhook: after `transferTo`, the answer to the REFER itself; absent where it never came. */
  referStatus?: number;
  /** switchhook: after `transferTo`, the status of the new call. */
  finalStatus?: number;
}

interface TransferFailedEvent extends CallEventWithHeaders {
  /** This call's part in the transfer; after `transferTo` it is the `transferee`. */
  role: TransferRole;
  /** The SIP status. After `transferTo`: the refusal of the REFER, or the new call's failure, or, where nobody said how it ended, 408 (silence), 487 (the call ended first) or 500 (the far end stopped telling, or never would). */
  code: number;
  /** The status in words. */
  reason: string;
  /** switchhook: after `transferTo`, the answer to the REFER itself; absent where it never came. */
  referStatus?: number;
  /** switchhook: after `transferTo`, the status with which the new call failed; absent where the far end has told none. */
  finalStatus?: number;
}

interface StateChangedEvent extends CallEvent {
  /** The state before. */
  oldState: CallState;
  /** The state from now on. */
  newState: CallState;
}

/** switchhook: the dialog that a transfer wants to replace (RFC 3891). */
interface Replaces {
  callId: string;
  toTag: string;
  fromTag: string;
  earlyOnly: boolean;
}

/** What VoxEngine takes for every call, mostly of video. All of it is accepted; codecs are agreed on by the program. */
interface BaseCallParameters {
  /** Accepted: there is no video. */
  maxVideoBitrate?: number;
  /** Accepted: there is no video. */
  disableExtVideoOffset?: boolean;
  /** Accepted: there is no video. */
  disableExtVideoOrientation?: boolean;
  /** Accepted: there is no video. */
  disableExtPlayoutDelay?: boolean;
  /** Accepted: there is no video. */
  disableExtVideoTiming?: boolean;
  /** Accepted. */
  conferenceCall?: boolean;
  /** Accepted. */
  disableDtxForAudio?: boolean;
}

/** For `VoxEngine.callUser`. */
interface CallUserParameters extends BaseCallParameters {
  /** The user's name; every device that is registered for it rings, and the first answer wins. Absent: TypeError. */
  username: string;
  /** Who calls: a number, a user or an address. */
  callerid?: string;
  /** The caller's name; of an address such as `"Bob" <sip:bob@example.com>` its display name counts, or else its user. */
  displayName?: string;
  /** Headers of the INVITE. `VI-CallTimeout`, 10 to 400 s, is how long it may ring (60 without it; RangeError outside). */
  extraHeaders?: Headers;
  /** Listens to who picks up. */
  amd?: AMD.AnsweringMachineDetector;
  /** Ignored: there is no video. */
  video?: boolean;
  /** Accepted: there is no video. */
  videoOrientationExtension?: boolean;
  /** Accepted: there are no analytics. */
  analyticsLabel?: string;
  /** Accepted: there are no push notifications. */
  pushNotificationTimeout?: number;
  /** Accepted: codecs are agreed on by the program. */
  strictCodecList?: boolean;
  /** Accepted. */
  scheme?: Scheme;
}

/** For `VoxEngine.callUserDirect`. */
interface CallUserDirectParameters {
  /** Accepted: there are no analytics. */
  analyticsLabel?: string;
  /** Accepted: there are no push notifications. */
  pushNotificationTimeout?: number;
  /** As for `callUser`. */
  callerid?: string;
  /** As for `callUser`. */
  displayName?: string;
  /** As for `callUser`. */
  extraHeaders?: Headers;
}

/** For `VoxEngine.callSIP`. */
interface CallSIPParameters {
  /** As for `callUser`. */
  callerid?: string;
  /** As for `callUser`. */
  displayName?: string;
  /** Answers a digest challenge, with `authUser`. */
  password?: string;
  /** The user of the digest; the caller's by default. */
  authUser?: string;
  /** As `extraHeaders` of `callUser`. */
  headers?: Headers;
  /** An address through which the call goes. */
  outProxy?: string;
  /** Ignored: there is no video. */
  video?: boolean;
  /** Listens to who picks up. */
  amd?: AMD.AnsweringMachineDetector;
  /** Ignored, with a warning: trunks are registered by the configuration. */
  regId?: number;
  /** Accepted: codecs are agreed on by the program. */
  strictCodecList?: boolean;
  /** Accepted. */
  allow180After183?: boolean;
  /** Accepted. */
  disableDtxForAudio?: boolean;
  /** Accepted. */
  scheme?: Scheme;
}

/** For `VoxEngine.callPSTN`. */
interface CallPSTNParameters {
  /** Listens to who picks up. */
  amd?: AMD.AnsweringMachineDetector;
  /** Accepted. */
  followDiversion?: boolean;
  /** switchhook: as for `callUser`. */
  displayName?: string;
  /** switchhook: as `extraHeaders` of `callUser`. */
  headers?: Headers;
}

/** For `Call.answer`. */
interface CallAnswerParameters extends BaseCallParameters {
  /** The name that the caller is shown. */
  displayName?: string;
  /** Accepted. */
  scheme?: Scheme;
}

/** For `VoxEngine.forwardCallToPSTN`. */
interface ForwardCallToPSTNOptions {
  /** The caller's number to show; the incoming call's by default. */
  callerid?: string;
  /** Accepted. */
  followDiversion?: boolean;
}

/** For `Call.recall`, where the party has to be called anew. */
interface RecallParameters {
  /** The number to show; the transferee's by default. */
  callerid?: string;
  /** The name to show. */
  displayName?: string;
  /** Headers of the INVITE; `VI-CallTimeout` says how long it rings. */
  headers?: Headers;
}

/** For `Call.transferTo`. `to`, `call` or both must be there (TypeError). */
interface TransferToParameters {
  /** Whom the far end shall call: a number or user (at the trunk's host where the call goes over a trunk, else at ours), a SIP address, a name-addr or a `tel:` URI. */
  to?: string;
  /** Another connected call: its far end is called and takes the new call in the place of ours (attended transfer, REFER with Replaces). `to` is then the address at which it is called; its Contact without it. */
  call?: Call;
  /** Headers of the REFER. */
  headers?: Headers;
  /** switchhook: who refers (Referred-By), as `to`; the far end's own address without it, '' for none. */
  referredBy?: string;
  /** switchhook: an http: or https: URL to which every status is posted as JSON (else TypeError). */
  statusUrl?: string;
  /** switchhook: seconds, 1 to 3600 (RangeError), that the far end may say nothing once it has told of progress; `limits.referSilenceS` (180) without it. */
  progressTimeout?: number;
  /** switchhook: false keeps this call after success; else it is ended, and so is `call` where its far end does not end it. */
  hangup?: boolean;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const Call: abstract new () => Call;

/** One call leg. It comes in or VoxEngine makes it. */
interface Call {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError); a listener that is no function is an error when the event fires. */
  addEventListener<E extends CallEvents>(event: E, callback: (event: CallEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends CallEvents>(event: E, callback?: (event: CallEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** Where the call stands, as of the last event. */
  state(): CallState;
  /** True for the call that started the session. */
  incoming(): boolean;
  /** Who calls. */
  callerid(): string;
  /** The caller's name, or ''. */
  displayName(): string;
  /** The dialled number or user. */
  number(): string;
  /** `pstn`, `sip` or `user`. */
  clientType(): string;
  /** The `X-*` headers of the INVITE, or, for an outgoing call, of the answer. */
  headers(): Headers;
  /** The call's custom data; set where an argument is given: at most 200 bytes (RangeError). */
  customData(customData?: string): string;
  /** Answers an incoming call. The older form takes the scheme itself as second argument. */
  answer(extraHeaders?: Headers | null, parameters?: CallAnswerParameters | Scheme): void;
  /** Refuses an incoming call with a SIP status of 300 to 699; another becomes 603, with a warning. */
  reject(code: number, extraHeaders?: Headers | null): void;
  /** The older name of `reject`. */
  decline(code: number, extraHeaders?: Headers | null): void;
  /** Tells the caller that it rings (180). */
  ring(extraHeaders?: Headers | null): void;
  /** Lets the caller hear sound before the answer (183), for at most 60 s. Parameters after the first are accepted. */
  startEarlyMedia(extraHeaders?: Headers | null, scheme?: Scheme, maxVideoBitrate?: number, audioLevelExtension?: boolean, conferenceCall?: boolean, disableDtxForAudio?: boolean): void;
  /** Ends the call: `Failed` follows for an outgoing call that was not answered, else `Disconnected`. */
  hangup(extraHeaders?: Headers | null): void;
  /** Sends a SIP INFO. The body has at most 8192 bytes (RangeError), the MIME type the form `type/subtype` (TypeError). */
  sendInfo(mimeType: string, body: string, headers?: Headers | null): void;
  /** Sends a text of at most 8192 bytes (RangeError). */
  sendMessage(text: string): void;
  /** Lets `mediaUnit` hear this call, and nobody else from now on. Not a call or another media unit: TypeError. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: SendMediaParameters): void;
  /** Lets `mediaUnit` hear this call no more. */
  stopMediaTo(mediaUnit: MediaUnit): void;
  /** Whether the keys that the far end presses come as `ToneReceived`, whichever way they come or in this way alone. They are not passed on then: whoever hears the call does not hear them, and their INFOs raise no `InfoReceived`. Another type: RangeError. */
  handleTones(doHandle: boolean, supportedDtmfTypes?: DTMFType): void;
  /** Whether each change between speech and silence at the far end comes as `MicStatusChange`: speech 0.1 to 0.3 s after it begins, silence 0.4 s after it has. */
  handleMicStatus(handle: boolean): void;
  /** Whether it is listened for speech: after `handleMicStatus(true)`, and while an `ASR` hears this call. False once the call has ended. */
  vad(): boolean;
  /** Waits for a beep, which comes as `BeepDetectionComplete` when it is over. One at a time: else `BeepDetectionError`. */
  enableBeepDetection(parameters?: CallEnableBeepDetectionParameters): void;
  /** Waits for it no more; `BeepDetectionComplete` says so. */
  disableBeepDetection(): void;
  /** Presses keys for the far end: `0` to `9`, `*`, `#` and `A` to `D`, 100 ms each, with pauses: `,` or `p` of a second, `w` of half a second. As telephone-events (RFC 4733), as tones where the far end does not take those. At most 256; anything else: TypeError. */
  sendDigits(digits: string): void;
  /** Asks for `MediaStatisticsReceived` at regular intervals, or for no more of them. */
  monitorMediaStatistics(parameters?: MonitorMediaStatisticsParameters): void;
  /** Whether a transfer that the far end asks for comes to the script as `BlindTransferRequested`. With it and no listener such a request is refused with 603. */
  handleBlindTransfer(handle: boolean): void;
  /** The verdict of the open transfer: the new call stands. The transferor's media are cut at once. Also after the transferor has hung up; a second verdict is ignored with a warning. */
  notifyBlindTransferSuccess(): void;
  /** The verdict of the open transfer: it failed, with a SIP status of 300 to 699; another becomes 500, with a warning. */
  notifyBlindTransferFailed(code: number, reason?: string): void;
  /** Not of VoxEngine. Refuses the transfer, with a SIP status of 300 to 699 (another becomes 603, with a warning): in the listener of `BlindTransferRequested` the REFER itself is answered so, later it is the verdict. */
  rejectBlindTransfer(code?: number | null, reason?: string | null): void;
  /** Not of VoxEngine. Gives the party of a transfer that came to nothing back to this call, which had asked for it: joins the two again, or, where this call has ended, calls its party anew and joins them when it answers. Returns that call; nothing where the transferee has ended, with a warning. */
  recall(parameters?: RecallParameters): Call | undefined;
  /** Asks the far end to call somebody else (REFER). `TransferProgress` tells how it goes, then `TransferComplete` or `TransferFailed` comes, once; after a failure the call goes on as before. Only for connected calls, and one at a time: else a warning. */
  transferTo(parameters: TransferToParameters): void;
  /** Plays the ringback tone of a country, by its two letters (ISO 3166, as `US`, `RU` or `GB`), to this call until it hears something else. An unanswered call needs `startEarlyMedia` first. What is no two letters: TypeError; a country whose tone is not known: a warning in the log, and nothing. */
  playProgressTone(country: string): void;
  /** Plays a URL, or a file of the media folder by its name, to this call, in the place of whatever it heard: wav, mp3, ogg (Vorbis or Opus) or flac, at most 10 MB. What cannot be played: `PlaybackFinished` with `error`. */
  startPlayback(url: string, parameters?: StartPlaybackParameters): void;
  /** The older form. */
  startPlayback(url: string, loop?: boolean): void;
  /** Ends what `startPlayback`, `say` or `playProgressTone` plays; no `PlaybackFinished` follows. */
  stopPlayback(): void;
  /** Says a text of at most 1500 characters to this call, in the place of whatever it heard. The voice is one of `VoiceList` or `Language`, or one of the provider's own. */
  say(text: string, parameters?: CallSayParameters): void;
  /** The older form. */
  say(text: string, language: string, ttsOptions?: object): void;
  /** Records what the endpoint says and what it hears, until the call ends: mp3 at 8 kHz where nothing else is said. `RecordStarted` brings the link. One recording of a call at a time: else a warning. */
  record(parameters?: CallRecordParameters): void;
  /** `Call(id)`. */
  toString(): string;
}

/** Events of a player, for `Player.addEventListener`. */
declare enum PlayerEvents {
  /** The player is there. */
  Created = "Player.Created",
  /** What it plays has come from elsewhere. */
  PlaybackReady = "Player.PlaybackReady",
  /** Its first sound. */
  Started = "Player.Started",
  /** It has come to a marker. */
  PlaybackMarkerReached = "Player.PlaybackMarkerReached",
  /** `stop()` has ended it; no `PlaybackFinished` follows. */
  Stopped = "Player.Stopped",
  /** It has come to its end, or could not play at all. */
  PlaybackFinished = "Player.PlaybackFinished",
  /** It could not play; `PlaybackFinished` follows, with the same `error`. */
  Error = "Player.Error",
  /** It waits for what it plays. Never comes: a player begins when all of it is there. */
  PlaybackBuffering = "Player.Buffering",
  /** Of players of realtime speech services (VoxEngine's `RealtimeTTSPlayer`) alone. Never comes: there are none here. */
  AudioChunksPlaybackFinished = "Player.AudioChunksPlaybackFinished",
}

/** What each event of a player carries. */
interface PlayerEventMap {
  [PlayerEvents.Created]: PlayerEvent;
  [PlayerEvents.PlaybackReady]: PlayerEvent;
  [PlayerEvents.Started]: PlayerStartedEvent;
  [PlayerEvents.PlaybackMarkerReached]: PlaybackMarkerReachedEvent;
  [PlayerEvents.Stopped]: PlayerEvent;
  [PlayerEvents.PlaybackFinished]: PlaybackFinishedEvent;
  [PlayerEvents.Error]: PlayerErrorEvent;
  [PlayerEvents.PlaybackBuffering]: PlayerEvent;
  [PlayerEvents.AudioChunksPlaybackFinished]: AudioChunksPlaybackFinishedEvent;
}

/** What every event of a player carries. */
interface PlayerEvent {
  /** The player. */
  player: Player;
  /** The event's name, e.g. `PlayerEvents.Started`. */
  name: string;
}

interface PlayerStartedEvent extends PlayerEvent {
  /** How long it plays, in seconds; 0 where it has no end. */
  duration: number;
}

interface AudioChunksPlaybackFinishedEvent extends PlayerEvent {
  /** Milliseconds till the first of the speech came. */
  timeToFirstByte: number;
}

interface PlaybackMarkerReachedEvent extends PlayerEvent {
  /** The marker's offset in milliseconds. */
  offset: number;
}

interface PlayerErrorEvent extends PlayerEvent {
  /** Why it could not play. */
  error: string;
}

interface PlaybackFinishedEvent extends PlayerEvent {
  /** Why it could not play; absent where it has come to its end. */
  error?: string;
}

/** For `Call.startPlayback`. */
interface StartPlaybackParameters {
  /** Begins again at its end, without a gap. */
  loop?: boolean;
  /** Accepted. */
  progressivePlayback?: boolean;
}

/** For `Call.say`. */
interface CallSayParameters {
  /** Who says it. */
  voice?: string;
  /** The older name of `voice`. */
  language?: string;
  /** Accepted. */
  progressivePlayback?: boolean;
  /** Accepted; the provider of the setting `speech.tts` knows nothing of it. */
  ttsOptions?: object;
  /** Accepted. */
  request?: object;
}

/** How a URL is asked for. */
declare enum URLPlayerRequestMethod {
  /** The usual way. */
  GET = "GET",
  /** With a body. */
  POST = "POST",
}

/** A header of such a request. */
interface URLPlayerRequestHeader {
  /** Its name. */
  name: string;
  /** What it says. */
  value: string;
}

/** The body of such a request: a text, or bytes. */
interface URLPlayerRequestBody {
  /** As it is. */
  text?: string;
  /** In Base64; what is none: TypeError. */
  binary?: string;
}

/** For `VoxEngine.createURLPlayer`. */
interface URLPlayerRequest {
  /** `http:` or `https:`, or the name of a file in the media folder. */
  url: string;
  /** GET by default; another than GET and POST: TypeError. */
  method?: URLPlayerRequestMethod;
  /** Headers of the request. */
  headers?: URLPlayerRequestHeader[];
  /** What to post. */
  body?: URLPlayerRequestBody;
}

/** For `VoxEngine.createURLPlayer`. */
interface URLPlayerParameters extends StartPlaybackParameters {
  /** Waits for `resume()`. */
  onPause?: boolean;
  /** Accepted: headers are never logged. */
  hideHeaders?: boolean;
  /** Accepted: bodies are never logged. */
  hideBody?: boolean;
}

/** How VoxEngine has a voice sound. Names for `ttsOptions`, which are accepted and change nothing. */
declare enum TTSEffectsProfile {
  /** A telephone. */
  HandsetClassDevice = "handset-class-device",
  /** Headphones. */
  HeadphoneClassDevice = "headphone-class-device",
  /** A car. */
  LargeAutomotiveClassDevice = "large-automotive-class-device",
  /** A television. */
  LargeHomeEntertainmentClassDevice = "large-home-entertainment-class-device",
  /** A loudspeaker. */
  MediumBluetoothSpeakerClassDevice = "medium-bluetooth-speaker-class-device",
  /** A small loudspeaker. */
  SmallBluetoothSpeakerClassDevice = "small-bluetooth-speaker-class-device",
  /** A telephone line. */
  TelephonyClassApplication = "telephony-class-application",
  /** A watch. */
  WearableClassDevice = "wearable-class-device",
}

/** For `VoxEngine.createTTSPlayer`. */
interface TTSPlayerParameters extends CallSayParameters {
  /** Accepted: the provider's key is the operator's to name. */
  apiKey?: string;
  /** Waits for `resume()`. */
  onPause?: boolean;
}

/** A text or a URL of a sequence. */
interface SequencePlayerSegment {
  /** What to play, where nothing else is to be said about the request. */
  url?: string;
  /** The text to say. */
  text?: string;
  /** What to play. */
  request?: URLPlayerRequest;
  /** Of the text, as for `createTTSPlayer`. */
  parameters?: CallSayParameters;
}

/** For `VoxEngine.createSequencePlayer`. */
interface SequencePlayerParameters {
  /** At most 100, one after the other. */
  segments: SequencePlayerSegment[];
}

/** Events of a sequence player, for `SequencePlayer.addEventListener`. */
declare enum SequencePlayerEvents {
  /** The player is there. */
  Created = "SequencePlayer.Created",
  /** All that it plays has come. */
  PlaybackReady = "SequencePlayer.PlaybackReady",
  /** Its first sound. */
  Started = "SequencePlayer.Started",
  /** It has come to a marker. */
  PlaybackMarkerReached = "SequencePlayer.PlaybackMarkerReached",
  /** `stop()` has ended it; no `PlaybackFinished` follows. */
  Stopped = "SequencePlayer.Stopped",
  /** It has come to its end, or could not play at all. */
  PlaybackFinished = "SequencePlayer.PlaybackFinished",
  /** It could not play; `PlaybackFinished` follows, with the same `error`. */
  Error = "SequencePlayer.Error",
}

/** What each event of a sequence player carries. */
interface SequencePlayerEventMap {
  [SequencePlayerEvents.Created]: SequencePlayerEvent;
  [SequencePlayerEvents.PlaybackReady]: SequencePlayerEvent;
  [SequencePlayerEvents.Started]: SequencePlayerEvent;
  [SequencePlayerEvents.PlaybackMarkerReached]: SequencePlaybackMarkerReachedEvent;
  [SequencePlayerEvents.Stopped]: SequencePlayerEvent;
  [SequencePlayerEvents.PlaybackFinished]: SequencePlaybackFinishedEvent;
  [SequencePlayerEvents.Error]: SequencePlayerErrorEvent;
}

/** What every event of a sequence player carries. */
interface SequencePlayerEvent {
  /** The player. */
  sequencePlayer: SequencePlayer;
  /** The event's name, e.g. `SequencePlayerEvents.Started`. */
  name: string;
}

interface SequencePlaybackMarkerReachedEvent extends SequencePlayerEvent {
  /** The marker's offset in its segment, in milliseconds. */
  offset: number;
}

interface SequencePlayerErrorEvent extends SequencePlayerEvent {
  /** Why it could not play. */
  error: string;
}

interface SequencePlaybackFinishedEvent extends SequencePlayerEvent {
  /** Why it could not play; absent where it has come to its end. */
  error?: string;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const SequencePlayer: abstract new () => SequencePlayer;

/** A player of several pieces, without a gap between them. It begins when all of them have come. `VoxEngine.createSequencePlayer` makes it. */
interface SequencePlayer {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends SequencePlayerEvents>(event: E, callback: (event: SequencePlayerEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends SequencePlayerEvents>(event: E, callback?: (event: SequencePlayerEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** Lets `mediaUnit` hear this player, and nobody else from now on. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: SendMediaParameters): void;
  /** Lets `mediaUnit` hear this player no more. */
  stopMediaTo(mediaUnit: MediaUnit): void;
  /** Stands still; whoever hears it hears silence. */
  pause(): void;
  /** Goes on where it was paused. */
  resume(): void;
  /** Ends it: `Stopped` follows. */
  stop(): void;
  /** `PlaybackMarkerReached` comes when it has played so many milliseconds of a segment, the first by default; less than 0: so many before the segment's end. Not one of its segments: TypeError. */
  addMarker(offset: number, segment?: SequencePlayerSegment): void;
  /** `SequencePlayer(id)`. */
  toString(): string;
}

/** How long VoxEngine keeps a recording. Here that is the operator's to say (`recordings.keepDays`); any but the first is ignored, with a warning. */
declare enum RecordExpireTime {
  /** Three months. */
  THREEMONTHS = "",
  /** Six months. */
  SIXMONTHS = "-6m",
  /** One year. */
  ONEYEAR = "-1y",
  /** Two years. */
  TWOYEARS = "-2y",
  /** Three years. */
  THREEYEARS = "-3y",
  /** Five years. */
  FIVEYEARS = "-5y",
}

/** For `VoxEngine.createRecorder`. */
interface RecorderParameters {
  /** 48 kHz rather than the telephone's 8; mp3 with 192 kbit/s rather than 32. */
  hd_audio?: boolean;
  /** FLAC at 48 kHz: nothing that a call can carry is lost. */
  lossless?: boolean;
  /** switchhook: the kind of file, `mp3`, `wav` or `flac`; else `recordings.format`, which is mp3 where nobody has changed it. VoxEngine's formats of transcriptions are ignored, with a warning. */
  format?: string;
  /** What the file's name begins with: at most 40 letters, digits, `-` and `_`; anything else is left out. */
  name?: string;
  /** The same. */
  recordNamePrefix?: string;
  /** Accepted: every link is one that cannot be guessed. */
  secure?: boolean;
  /** Ignored, with a warning: `recordings.keepDays` says how long recordings are kept. */
  expire?: RecordExpireTime;
  /** Ignored, with a warning: there are no transcriptions. */
  transcribe?: boolean;
  /** Ignored, with a warning: of a transcription. */
  language?: string;
  /** Ignored, with a warning: of a transcription. */
  provider?: string;
  /** A `ConferenceRecorder` from `createRecorder`. The picture is ignored, with a warning: a recording here has sound only. */
  video?: boolean;
  /** Ignored, with a warning: how VoxEngine lays out the picture. */
  videoParameters?: object;
}

/** Who transcribes in VoxEngine. Names for `provider`, which is ignored. */
declare enum TranscriptionProvider {
  /** Google. */
  GOOGLE = "google",
  /** T-Bank. */
  TBANK = "tcs",
  /** Yandex. */
  YANDEX = "yandex",
}

/** How large VoxEngine's pictures are. Names for `videoParameters`, which are ignored. */
declare enum RecorderProfile {
  /** 3840 by 2160. */
  "4K" = "4K",
  /** 1920 by 1080. */
  FHD = "FHD",
  /** 1280 by 720. */
  HD = "HD",
  /** 640 by 360. */
  NHD = "NHD",
  /** 2560 by 1440. */
  QHD = "QHD",
  /** 640 by 480. */
  VGA = "VGA",
}

/** From which side VoxEngine fills a picture. Names for `videoParameters`, which are ignored. */
declare enum RecorderDirection {
  /** From the left. */
  ltr = "ltr",
  /** From the right. */
  rtl = "rtl",
}

/** For `Call.record`. */
interface CallRecordParameters extends RecorderParameters {
  /** What the endpoint says is left, what it hears is right; else both are mixed. */
  stereo?: boolean;
  /** Ignored, with a warning: of a transcription. */
  dict?: string | string[];
  /** Ignored, with a warning: of a transcription. */
  labels?: string[];
}

/** Events of a recorder, for `Recorder.addEventListener`. */
declare enum RecorderEvents {
  /** The file is there, and can be had at its link from now on. */
  Started = "Recorder.Started",
  /** Nothing more is written: after `stop()`, or after an error. */
  Stopped = "Recorder.Stopped",
  /** Nothing can be written: the disk is full, or it is not ours to write on. Where the recording had begun, `Stopped` follows, and what was written till then is kept. */
  RecorderError = "Recorder.Error",
}

/** What each event of a recorder carries. */
interface RecorderEventMap {
  [RecorderEvents.Started]: RecorderStartedEvent;
  [RecorderEvents.Stopped]: RecorderStoppedEvent;
  [RecorderEvents.RecorderError]: RecorderErrorEvent;
}

/** What every event of a recorder carries. */
interface RecorderEvent {
  /** The recorder. */
  recorder: Recorder;
  /** The event's name, e.g. `RecorderEvents.Started`. */
  name: string;
}

interface RecorderStartedEvent extends RecorderEvent {
  /** A link to the file, as of `RecordStarted`. */
  url: string;
}

interface RecorderStoppedEvent extends RecorderEvent {
  /** How long it was recorded, in seconds. */
  duration: number;
  /** Always '0'. */
  cost: string;
}

interface RecorderErrorEvent extends RecorderEvent {
  /** What is wrong. */
  error: string;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const Recorder: abstract new () => Recorder;

/** It records the mix of all that is sent to it, from its making until `stop()` or the end of the session; silence where nobody speaks. `VoxEngine.createRecorder` makes it. */
interface Recorder {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends RecorderEvents>(event: E, callback: (event: RecorderEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends RecorderEvents>(event: E, callback?: (event: RecorderEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** From now on silence is recorded in the place of what it hears; with false no longer. */
  mute(doMute: boolean): void;
  /** Ends it: `Stopped` follows. */
  stop(): void;
  /** `Recorder(id)`. */
  toString(): string;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const ConferenceRecorder: abstract new () => ConferenceRecorder;

/** What `VoxEngine.createRecorder({ video: true })` gives: it records sound as any recorder, and no picture. */
interface ConferenceRecorder extends Recorder {
  /** Records this conference from now on, and the one that was given before no more. No conference: TypeError. */
  setConference(conference: Conference): void;
  /** What `setPriority` was given last. */
  getPriority(): Endpoint[];
  /** Whose picture comes first. Changes nothing, with a warning: a recording here has sound only. No list: TypeError. */
  setPriority(priority: Endpoint[]): Promise<void>;
  /** Lays out the picture anew. Changes nothing, with a warning. */
  update(parameters: object): void;
}

/** Voices by their old names, e.g. `Language.US_ENGLISH_FEMALE` and `Language.Premium.US_ENGLISH_FEMALE`. Every name is taken; the setting `speech.tts.voices` says which voice it is, else its language does. */
interface LanguageNames {
  [name: string]: any;
}

declare const Language: LanguageNames;

/** Voices by their names, e.g. `VoiceList.Amazon.en_US_Joanna`. Every name is taken, as of `Language`. */
interface VoiceNames {
  [provider: string]: any;
}

declare const VoiceList: VoiceNames;

/** For `VoxEngine.createToneScriptPlayer`. */
interface ToneScriptPlayerParameters {
  /** Begins again at its end, without a gap. */
  loop?: boolean;
  /** Accepted. */
  progressivePlayback?: boolean;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const Player: abstract new () => Player;

/** What VoxEngine's players have in common. Here they are of one kind. */
declare const BasePlayer: abstract new () => Player;

/** Something that plays. It begins at once, whoever hears it, and is over after `PlaybackFinished` or `Stopped`. `VoxEngine.createURLPlayer`, `createTTSPlayer` and `createToneScriptPlayer` make it. */
interface Player {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends PlayerEvents>(event: E, callback: (event: PlayerEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends PlayerEvents>(event: E, callback?: (event: PlayerEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** Lets `mediaUnit` hear this player, and nobody else from now on. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: SendMediaParameters): void;
  /** Lets `mediaUnit` hear this player no more. */
  stopMediaTo(mediaUnit: MediaUnit): void;
  /** Stands still; whoever hears it hears silence. */
  pause(): void;
  /** Goes on where it was paused. */
  resume(): void;
  /** Ends it: `Stopped` follows. */
  stop(): void;
  /** `PlaybackMarkerReached` comes when it has played so many milliseconds; less than 0: so many before its end, where it has one. */
  addMarker(offset: number): void;
  /** switchhook: goes on so many milliseconds from its beginning (less than 0: RangeError). A player of tones does not. */
  jump(offset: number): void;
  /** switchhook: louder or softer from now on; 100 is as it is, 400 the most (less than 0: RangeError). */
  volume(percent: number): void;
  /** `Player(id)`. */
  toString(): string;
}

/** Events of a recogniser, for `ASR.addEventListener`. */
declare enum ASREvents {
  /** It listens. */
  Started = "ASR.Started",
  /** Somebody begins to speak. */
  CaptureStarted = "ASR.CaptureStarted",
  /** An utterance is over; its `Result` or `ASRError` follows. */
  SpeechCaptured = "ASR.SpeechCaptured",
  /** What was said so far, with `interimResults: true`. A recogniser over HTTP has none. */
  InterimResult = "ASR.InterimResult",
  /** What was said. */
  Result = "ASR.Result",
  /** An utterance was not understood, or there is nobody who recognises speech. It goes on. */
  ASRError = "ASR.Error",
  /** `stop()` was called. */
  Stopped = "ASR.Stopped",
}

interface ASREventMap {
  [ASREvents.Started]: ASREvent;
  [ASREvents.CaptureStarted]: ASREvent;
  [ASREvents.SpeechCaptured]: ASREvent;
  [ASREvents.InterimResult]: ASRInterimResultEvent;
  [ASREvents.Result]: ASRResultEvent;
  [ASREvents.ASRError]: ASRErrorEvent;
  [ASREvents.Stopped]: ASRStoppedEvent;
}

interface ASREvent {
  /** The recogniser. */
  asr: ASR;
  /** The event's name, e.g. `ASREvents.Started`. */
  name: string;
}

interface ASRInterimResultEvent extends ASREvent {
  /** So far. */
  text: string;
}

interface ASRResultEvent extends ASREvent {
  /** Empty where nothing was understood. */
  text: string;
  /** 0–100; 0 where nothing was understood. */
  confidence: number;
  /** When the utterance ended, in seconds since the recogniser listens; absent where a service that streams has found it. */
  resultEndTime?: number;
  /** Always absent. */
  channelTag?: number;
  /** The language that was spoken, where the recogniser says it. */
  languageCode?: string;
}

interface ASRErrorEvent extends ASREvent {
  /** What happened, and what to do. */
  error: string;
}

interface ASRStoppedEvent extends ASREvent {
  /** Always "0". */
  cost: string;
  /** How much speech it has heard, in seconds. */
  duration: number;
}

/** For `VoxEngine.createASR`. Whatever else VoxEngine takes is accepted; it goes to the recogniser where the setting `speech.asr.http` names it, and else a warning says so. */
interface ASRParameters {
  /** The language, e.g. `ASRProfileList.Google.en_US`, `ASRLanguage.ENGLISH_US` or "en-US". */
  profile?: string;
  /** The older name of `profile`. */
  lang?: string;
  /** The recogniser's model. */
  model?: string;
  /** What is likely to be said. */
  phraseHints?: string[];
  /** The older name of `phraseHints`. */
  dict?: string | string[];
  /** Accepted: every utterance has a result in any case. */
  singleUtterance?: boolean;
  /** Whether the recogniser tells what was said so far. */
  interimResults?: boolean;
  /** Whether bad words are masked. */
  profanityFilter?: boolean;
  /** More headers of the requests. */
  headers?: { [name: string]: any };
  /** By the names of VoxEngine or of the recogniser. */
  [name: string]: any;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const ASR: abstract new () => ASR;

/** Something that hears one source, the newest, and tells what is said. It is over after `Stopped`. `VoxEngine.createASR` makes it. */
interface ASR {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends ASREvents>(event: E, callback: (event: ASREventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends ASREvents>(event: E, callback?: (event: ASREventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** The language, as the script named it; empty where it named none. */
  language(): string;
  /** The phrases that the script gave. */
  dictionary(): string[];
  /** Ends it: `Stopped` follows, and no result any more. */
  stop(): void;
  /** Accepted: a recogniser makes no sound. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: object): void;
  /** Accepted. */
  stopMediaTo(mediaUnit: MediaUnit): void;
  /** `ASR(id)`. */
  toString(): string;
}

/** Languages by their old names, e.g. `ASRLanguage.ENGLISH_US`. Every name is taken. */
declare const ASRLanguage: LanguageNames;

/** Dictionaries by their old names, e.g. `ASRDictionary.ADDRESS_RU`. Every name is taken, as a phrase. */
declare const ASRDictionary: LanguageNames;

/** Languages by provider and name, e.g. `ASRProfileList.Google.en_US`. Every name is taken; the setting `speech.asr.languages` says which language it is, else the name does. */
declare const ASRProfileList: VoiceNames;

/** Models by provider and name, e.g. `ASRModelList.Google.phone_call`. Every name is taken. */
declare const ASRModelList: VoiceNames;

/** Events of a conference, for `Conference.addEventListener`. */
declare enum ConferenceEvents {
  /** The conference is there. */
  Started = "Conference.Started",
  /** `stop()` or `destroyConference` has ended it. */
  Stopped = "Conference.Stopped",
  /** `add` has made a call an endpoint. */
  EndpointAdded = "Conference.EndpointAdded",
  /** `add` with a call that is an endpoint already, or `setDisplayName`. */
  EndpointUpdated = "Conference.EndpointUpdated",
  /** The endpoint's call is over. */
  EndpointRemoved = "Conference.EndpointRemoved",
  /** `manageEndpoint` has been carried out. */
  EndpointManaged = "Conference.EndpointManaged",
  /** Something could not be done: code 101, the conference is full (`limits.conferenceEndpoints`); 103, the call is over. */
  ConferenceError = "Conference.Error",
}

/** What each event of a conference carries. */
interface ConferenceEventMap {
  [ConferenceEvents.Started]: ConferenceEvent;
  [ConferenceEvents.Stopped]: ConferenceEvent;
  [ConferenceEvents.EndpointAdded]: EndpointEvent;
  [ConferenceEvents.EndpointUpdated]: EndpointEvent;
  [ConferenceEvents.EndpointRemoved]: EndpointEvent;
  [ConferenceEvents.EndpointManaged]: EndpointEvent;
  [ConferenceEvents.ConferenceError]: ConferenceErrorEvent;
}

/** What every event of a conference carries. */
interface ConferenceEvent {
  /** The conference. */
  conference: Conference;
  /** The event's name, e.g. `ConferenceEvents.Started`. */
  name: string;
}

interface EndpointEvent extends ConferenceEvent {
  /** As `Endpoint.getMode()`. */
  mode: "MIX" | "FORWARD";
  /** As `Endpoint.getDirection()`. */
  direction: "SEND" | "RECEIVE" | "BOTH";
  /** As `Endpoint.id()`. */
  endpointId: string;
  /** The endpoint. */
  endpoint: Endpoint;
}

interface ConferenceErrorEvent extends ConferenceEvent {
  /** What could not be done, for people. */
  error: string;
  /** See `ConferenceEvents.ConferenceError`. */
  code: number;
  /** The endpoint that it concerns, where it concerns one. */
  endpointId?: string;
}

/** How an endpoint receives. Without video both are the same: one call carries one stream, so it is the mix. */
declare enum ConferenceMode {
  /** All the others in one stream. */
  MIX = 0,
  /** As MIX: a SIP call carries one stream of sound. */
  FORWARD = 1,
}

/** Which way the sound of an endpoint goes. */
declare enum ConferenceDirection {
  /** From the endpoint to the conference. */
  SEND = 0,
  /** From the conference to the endpoint. */
  RECEIVE = 1,
  /** Both ways. */
  BOTH = 2,
}

/** For `VoxEngine.createConference`. */
interface ConferenceParameters {
  /** Mixes at 48 kHz rather than at 8. */
  hd_audio?: boolean;
}

/** For `Conference.add`. */
interface EndpointParameters {
  /** The call that takes part. */
  call: Call;
  /** The name or the number; MIX by default. */
  mode?: "MIX" | "FORWARD" | ConferenceMode;
  /** The name or the number; BOTH by default. */
  direction?: "SEND" | "RECEIVE" | "BOTH" | ConferenceDirection;
  /** Accepted: codecs are agreed on by the program. */
  scheme?: Scheme;
  /** A name for people. */
  displayName?: string;
  /** As for `Endpoint.manageEndpoint`. */
  receiveParameters?: ReceiveParameters;
  /** Accepted: there is no video. */
  maxVideoBitrate?: number;
}

/** Whose sound an endpoint receives: by the id of another endpoint; `all` for those that are there, `new` for those that come later. */
interface ReceiveParameters {
  [endpointId: string]: ParticipantReceiveParameters;
}

/** What an endpoint receives of another. */
interface ParticipantReceiveParameters {
  /** `["default"]`: its sound; `[]`: none of it. */
  audio?: string[];
  /** Accepted: there is no video. */
  video?: string[];
}

/** For `instanceof`; `new` throws a TypeError. */
declare const Endpoint: abstract new () => Endpoint;

/** A call that takes part in a conference by name. `Conference.add` makes it. */
interface Endpoint {
  /** The id, unique in the program. */
  id(): string;
  /** Its call. */
  getCall(): Call;
  /** Its mode. */
  getMode(): "MIX" | "FORWARD";
  /** Its direction. */
  getDirection(): "SEND" | "RECEIVE" | "BOTH";
  /** A name for people, of at most 200 characters (TypeError); `EndpointUpdated` follows. */
  setDisplayName(displayName: string): void;
  /** Whose sound it receives from now on; `EndpointManaged` follows. The promise is kept then, or at once where the endpoint has left. */
  manageEndpoint(parameters: ReceiveParameters): Promise<void>;
  /** `Endpoint(id)`. */
  toString(): string;
}

/** For `instanceof`; `new` throws a TypeError. */
declare const Conference: abstract new () => Conference;

/** Everybody in it hears the others and not themselves; of calls only the loudest are heard (`limits.conferenceTalkers`). `VoxEngine.createConference` makes it. */
interface Conference {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends ConferenceEvents>(event: E, callback: (event: ConferenceEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends ConferenceEvents>(event: E, callback?: (event: ConferenceEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** The older name of `id`. */
  getId(): string;
  /** Makes a call an endpoint, or changes one that it is already. At most 100 (`limits.conferenceEndpoints`): `ConferenceError`. */
  add(parameters: EndpointParameters): Endpoint;
  /** The endpoint of this id, where there is one. */
  get(id: string): Endpoint | undefined;
  /** All endpoints, in the order in which they came. Calls that are in it by `sendMediaTo` alone are none. */
  getList(): Endpoint[];
  /** Lets `mediaUnit` hear the conference, itself aside, and nobody else from now on. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: object): void;
  /** Lets `mediaUnit` hear the conference no more. */
  stopMediaTo(mediaUnit: MediaUnit): void;
  /** Ends it: `Stopped` follows. Calls that heard it hear silence. */
  stop(): void;
  /** `Conference(id)`. */
  toString(): string;
}

/** What happens to a WebSocket. */
declare enum WebSocketEvents {
  /** It is being connected. */
  CREATED = "WebSocket.Created",
  /** It is open: texts may be sent. */
  OPEN = "WebSocket.Open",
  /** A text has come. Messages of sound are none. */
  MESSAGE = "WebSocket.Message",
  /** It could not be connected, or something ends it; `CLOSE` follows. */
  ERROR = "WebSocket.Error",
  /** The last event: it is closed. */
  CLOSE = "WebSocket.Close",
  /** The first sound of a stream that came is played. */
  MEDIA_STARTED = "WebSocket.MediaEventStarted",
  /** A stream that came has been played: after its `stop`, or after 1 s of nothing. */
  MEDIA_ENDED = "WebSocket.MediaEventEnded",
}

/** Where a WebSocket stands: `readyState`. */
declare enum WebSocketReadyState {
  /** Nothing can be sent yet. */
  CONNECTING = "connecting",
  /** Both ways are open. */
  OPEN = "open",
  /** `close()` was called. */
  CLOSING = "closing",
  /** It is over. */
  CLOSED = "closed",
}

/** How sound goes by a WebSocket. */
declare enum WebSocketAudioEncoding {
  /** G.711 A-law. */
  ALAW = "ALAW",
  /** One packet in each message. */
  OPUS = "OPUS",
  /** 16 bits, little-endian, 16 kHz. */
  PCM16_16KHZ = "PCM16",
  /** 16 bits, little-endian, 8 kHz: where nothing else is said. */
  PCM16_8KHZ = "PCM8",
  /** G.711 µ-law. */
  ULAW = "ULAW",
}

/** Codes of `CLOSE` (RFC 6455); a server may send others from 3000 on. */
declare enum WebSocketCloseCode {
  /** All is said. */
  CLOSE_NORMAL = 1000,
  /** The other side goes. */
  CLOSE_GOING_AWAY = 1001,
  /** What came is no WebSocket's. */
  CLOSE_PROTOCOL_ERROR = 1002,
  /** What came is not for it. */
  CLOSE_UNSUPPORTED = 1003,
  /** No code came. */
  CLOSED_NO_STATUS = 1005,
  /** It broke, or there never was a connection. */
  CLOSE_ABNORMAL = 1006,
  /** What came is no text. */
  CLOSE_UNSUPPORTED_PAYLOAD = 1007,
  /** A limit or a rule. */
  CLOSE_POLICY_VIOLATION = 1008,
  /** A message was too long. */
  CLOSE_TOO_LARGE = 1009,
  /** An extension is missing. */
  CLOSE_MANDATORY_EXTENSION = 1010,
  /** A fault of the server. */
  CLOSE_SERVER_ERROR = 1011,
  /** The server begins anew. */
  CLOSE_SERVICE_RESTART = 1012,
  /** The server has too much to do. */
  CLOSE_TRY_AGAIN_LATER = 1013,
  /** A server behind the server. */
  CLOSE_BAD_GATEWAY = 1014,
  /** TLS could not be agreed on. */
  CLOSE_TLS_FAIL = 1015,
}

/** The events of a WebSocket. */
interface WebSocketEventMap {
  [WebSocketEvents.CREATED]: WebSocketCreatedEvent;
  [WebSocketEvents.OPEN]: WebSocketEvent;
  [WebSocketEvents.MESSAGE]: WebSocketMessageEvent;
  [WebSocketEvents.ERROR]: WebSocketErrorEvent;
  [WebSocketEvents.CLOSE]: WebSocketCloseEvent;
  [WebSocketEvents.MEDIA_STARTED]: WebSocketMediaStartedEvent;
  [WebSocketEvents.MEDIA_ENDED]: WebSocketMediaEndedEvent;
}

/** What every event of a WebSocket carries. */
interface WebSocketEvent {
  /** The socket. */
  websocket: WebSocket;
  /** The event. */
  name: WebSocketEvents;
}

/** It is being connected; of one that has come in, only where something is kept of it. */
interface WebSocketCreatedEvent extends WebSocketEvent {
  /** With `statistics`: a link to the connection's figures as JSON, which are renewed while it lives. */
  statisticsUrl?: string;
  /** switchhook, with `trace`: a link to the trace. The session's log tells it without its signature. */
  traceUrl?: string;
}

/** A text. */
interface WebSocketMessageEvent extends WebSocketEvent {
  /** As it came. */
  text: string;
}

/** Something went wrong. */
interface WebSocketErrorEvent extends WebSocketEvent {
  /** switchhook: what, in words. */
  reason: string;
}

/** The end. */
interface WebSocketCloseEvent extends WebSocketEvent {
  /** The other side's, or 1006 where none came. */
  code: WebSocketCloseCode;
  /** The other side's words, or ours. */
  reason: string;
  /** Both sides have said goodbye. */
  wasClean: boolean;
}

/** A stream is heard. */
interface WebSocketMediaStartedEvent extends WebSocketEvent {
  /** As its messages say. */
  tag?: string;
  /** As its `start` says. */
  encoding?: string;
  /** As its `start` says; each a text. */
  customParameters: { [key: string]: string };
}

/** A stream has been heard. */
interface WebSocketMediaEndedEvent extends WebSocketEvent {
  /** As its messages say. */
  tag?: string;
  /** How long it was played, in seconds. */
  mediaInfo: { duration: number };
}

/** For `createWebSocket`. */
interface WebSocketParameters {
  /** Subprotocols, the best first. */
  protocols?: string | string[];
  /** Sent with the handshake; those of the handshake itself throw a TypeError. */
  headers?: { name: string; value: string }[];
  /** Keeps figures of the connection; `CREATED` has the link. */
  statistics?: boolean;
  /** Keeps all messages of the connection in a text file, of sound only how much there was. To find faults with; no longer than `limits.socketTraceKb`. */
  trace?: boolean;
  /** What texts say, and the values of headers, are left out of the trace and of the session's journal. */
  privacy?: boolean;
}

/** For `sendMediaTo` where one of the two is a WebSocket. */
interface SendMediaParameters {
  /** Names a stream: several go by one socket at a time. Of sound that comes, the listener gets this one alone. */
  tag?: string;
  /** Of sound to the socket; PCM16_8KHZ where it does not say. */
  encoding?: WebSocketAudioEncoding;
  /** Sent with the `start` of the stream. */
  customParameters?: any;
}

/** For `clearMediaBuffer`. */
interface ClearMediaBufferParameters {
  /** Of this stream alone. */
  tag?: string;
}

/** A connection to a server: texts both ways, and sound in VoxEngine's messages (docs/websockets.md). It is over after `CLOSE`. It does not end with a call; the session's end closes it. */
interface WebSocket {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends WebSocketEvents>(event: E, callback: (event: WebSocketEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends WebSocketEvents>(event: E, callback?: (event: WebSocketEventMap[E]) => any): void;
  /** The id, unique in the program. */
  id(): string;
  /** Lets `mediaUnit` hear what comes by this socket, or one stream of it, and nobody else from now on. */
  sendMediaTo(mediaUnit: MediaUnit, parameters?: SendMediaParameters): void;
  /** Lets `mediaUnit` hear no more of it. */
  stopMediaTo(mediaUnit: MediaUnit, parameters?: SendMediaParameters): void;
  /** Sends a text (else TypeError), 256 KiB at most (RangeError). Where it is not open it warns and does nothing. */
  send(data: string): void;
  /** Says goodbye with 1000. */
  close(): void;
  /** What has come and waits to be played is forgotten. */
  clearMediaBuffer(parameters?: ClearMediaBufferParameters): void;
  /** `WebSocket(id)`. */
  toString(): string;
  /** The listener of `CLOSE` in the browsers' form. */
  onclose: ((event: WebSocketCloseEvent) => any) | undefined;
  /** The listener of `CREATED`. */
  oncreated: ((event: WebSocketCreatedEvent) => any) | undefined;
  /** The listener of `ERROR`. */
  onerror: ((event: WebSocketErrorEvent) => any) | undefined;
  /** The listener of `MEDIA_ENDED`. */
  onmediaended: ((event: WebSocketMediaEndedEvent) => any) | undefined;
  /** The listener of `MEDIA_STARTED`. */
  onmediastarted: ((event: WebSocketMediaStartedEvent) => any) | undefined;
  /** The listener of `MESSAGE`. */
  onmessage: ((event: WebSocketMessageEvent) => any) | undefined;
  /** The listener of `OPEN`. */
  onopen: ((event: WebSocketEvent) => any) | undefined;
  /** Where it stands. */
  readonly readyState: WebSocketReadyState;
  /** As it was given. */
  readonly url: string;
}

/** As `VoxEngine.createWebSocket`; the second parameter may be a list of subprotocols. */
declare const WebSocket: new (url: string, parameters?: WebSocketParameters | string | string[]) => WebSocket;

/** The session. Every member may be replaced by the script; the program's own work does not use the replacement. */
interface VoxEngineObject {
  /** Adds a listener; several fire in order. The event's name must be a text (TypeError). */
  addEventListener<E extends AppEvents>(event: E, callback: (event: AppEventMap[E]) => any): void;
  /** Removes a listener, or all of that event without one. */
  removeEventListener<E extends AppEvents>(event: E, callback?: (event: AppEventMap[E]) => any): void;
  /** Calls a user of this program. A failure comes as `Failed` later. */
  callUser(parameters: CallUserParameters): Call;
  /** The older form. */
  callUser(username: string, callerid?: string, displayName?: string, extraHeaders?: Headers | null, video?: boolean, scheme?: Scheme): Call;
  /** As `callUser`, with the incoming call whose description may be handed on. */
  callUserDirect(incomingCall: Call, username: string, parameters?: CallUserDirectParameters): Call;
  /** The older form. */
  callUserDirect(incomingCall: Call, username: string, callerid?: string, displayName?: string, extraHeaders?: Headers | null): Call;
  /** Calls an address: a SIP URI or a name-addr such as a raw Refer-To. */
  callSIP(to: string, parameters?: CallSIPParameters): Call;
  /** The older form. */
  callSIP(to: string, callerid?: string, displayName?: string, password?: string, authUser?: string, extraHeaders?: Headers | null, video?: boolean, outProxy?: string): Call;
  /** A still older form. */
  callSIP(to: string, callerid: string, parameters: CallSIPParameters): Call;
  /** Calls a number over the first trunk whose routes match; none: `Failed` 404. */
  callPSTN(number: string, callerid?: string, parameters?: CallPSTNParameters): Call;
  /** Calls the conference of this name in whatever session hosts it; where none does, one is opened by the rules for this name. There each such call is one more `CallAlerting`. What cannot be: `Failed`, 404 where no rule takes the name, 486 where it is full. */
  callConference(conferenceId: string, callerid?: string | null, displayName?: string | null, headers?: Headers | null, scheme?: Scheme): Call;
  /** Both hear each other, and nobody else; a conference goes on hearing all the others. */
  sendMediaBetween(mediaUnit1: MediaUnit, mediaUnit2: MediaUnit): void;
  /** Neither hears the other any more. */
  stopMediaBetween(mediaUnit1: MediaUnit, mediaUnit2: MediaUnit): void;
  /** A player of tones: `FREQUENCY@LEVEL,…;SECONDS(ON/OFF/WHICH,…)`, e.g. `480@-19,620@-19;10(.5/.5/1+2)`; a time may be `*`, for ever. At most 10 players at a time (RangeError). What is no tone script: `PlaybackFinished` with `error`. */
  createToneScriptPlayer(script: string, parameters?: ToneScriptPlayerParameters): Player;
  /** The older form. */
  createToneScriptPlayer(script: string, loop?: boolean): Player;
  /** A player of a URL, or of a file of the media folder by its name. At most 10 players at a time (RangeError). */
  createURLPlayer(request: URLPlayerRequest | string, parameters?: URLPlayerParameters): Player;
  /** The older form. */
  createURLPlayer(url: string, loop?: boolean, onPause?: boolean): Player;
  /** A player that says a text. At most 10 players at a time (RangeError). */
  createTTSPlayer(text: string, parameters?: TTSPlayerParameters): Player;
  /** The older form. */
  createTTSPlayer(text: string, language: string, ttsOptions?: object): Player;
  /** A player of several texts and URLs, one after the other. At most 10 players at a time (RangeError). */
  createSequencePlayer(parameters: SequencePlayerParameters): SequencePlayer;
  /** Records all that is sent to it (`call.sendMediaTo(recorder)`), as one mix. With `video: true` it is a `ConferenceRecorder`, which records the sound. */
  createRecorder(parameters?: RecorderParameters): Recorder | ConferenceRecorder;
  /** The older form. */
  createRecorder(name: string, secure?: boolean): Recorder;
  /** Recognises the speech of whatever sends its sound to it, utterance by utterance. */
  createASR(parameters?: ASRParameters): ASR;
  /** The older form. */
  createASR(lang: string, dict?: string | string[]): ASR;
  /** A conference of this session. It mixes at 8 kHz unless `hd_audio`. */
  createConference(parameters?: ConferenceParameters): Conference;
  /** Ends a conference, as its `stop()` does. */
  destroyConference(conference: Conference): void;
  /** From now on servers may connect to `accessURL` of `AppEvents.Started`, each with `AppEvents.WebSocket`; before, they get 403. They count towards `limits.sockets`. */
  allowWebSocketConnections(): void;
  /** Nothing is kept any more of servers that connect from now on. */
  disableStatisticsForIncomingWebsockets(): void;
  /** Servers that connect from now on are traced no more. */
  disableTraceForIncomingWebsockets(): void;
  /** Of servers that connect from now on figures are kept, as with `statistics` of `createWebSocket`; `CREATED` has the link. */
  enableStatisticsForIncomingWebsockets(): void;
  /** Servers that connect from now on are traced, as with `trace` of `createWebSocket`. To find faults with. */
  enableTraceForIncomingWebsockets(): void;
  /** Connects to a `ws:` or `wss:` URL (else TypeError) whose address is public or in `http.allow`. A session has `limits.sockets` of them at a time; one more gets `ERROR` and `CLOSE`. */
  createWebSocket(url: string, parameters?: WebSocketParameters): WebSocket;
  /** Answers the call that starts the session, plays a URL to it once and hangs up. */
  playSoundAndHangup(fileURL: string): void;
  /** Joins an incoming and an outgoing call: answer, ringing, early media, messages and INFO are passed on; the end of either ends the session, and where `call2` fails `call1` is refused with its status. */
  easyProcess(call1: Call, call2: Call, onEstablishedCallback?: (call1: Call, call2: Call) => void, direct?: boolean): void;
  /** Each incoming call goes on to the dialled user. */
  forwardCallToUser(onEstablishedCallback?: (call1: Call, call2: Call) => void, video?: boolean): void;
  /** As `forwardCallToUser`, by `callUserDirect`. */
  forwardCallToUserDirect(onEstablishedCallback?: (call1: Call, call2: Call) => void): void;
  /** Each incoming call goes on to the dialled address. */
  forwardCallToSIP(onEstablishedCallback?: (call1: Call, call2: Call) => void, video?: boolean): void;
  /** Each incoming call goes on to the dialled number, or to what `numberTransform` makes of it. */
  forwardCallToPSTN(numberTransform?: (number: string) => string, onEstablishedCallback?: (call1: Call, call2: Call) => void, options?: ForwardCallToPSTNOptions): void;
  /** The session's custom data; set where an argument is given: at most 200 bytes (RangeError). */
  customData(customData?: string): string;
  /** Ends the session. The running block goes on to its end; after it no event of a call fires but those of what had happened by then, in which only the log works. */
  terminate(): void;
}

declare const VoxEngine: VoxEngineObject;

/** Who has picked up a call, a human or an answering machine: by tones, and by how long a greeting goes on without a pause. There is no model behind it, in whatever language; it errs as such rules do. */
declare namespace AMD {
  /** Names of VoxEngine's models. Each is taken and none changes anything. */
  enum Model {
    /** Brazil. */
    BR = "br",
    /** Chile. */
    CL = "cl",
    /** Colombia. */
    CO = "colombia",
    /** Spain. */
    ES = "es",
    /** Europe. */
    EU_GENERAL = "eu_general",
    /** Kazakhstan. */
    KZ = "kz",
    /** Mexico. */
    MX = "mx",
    /** Peru. */
    PE = "pe",
    /** Philippines. */
    PH = "ph",
    /** Russia. */
    RU = "ru",
    /** United States. */
    US = "us",
  }

  /** Who has picked up. */
  enum ResultClass {
    /** The call ended before it was known. */
    CALL_ENDED = "CALL_ENDED",
    /** Somebody who says a word or two and waits. */
    HUMAN = "HUMAN",
    /** It was not known in time. */
    TIMEOUT = "TIMEOUT",
    /** A greeting that goes on, a beep, a fax, or the tones before an announcement. */
    VOICEMAIL = "VOICEMAIL",
  }

  /** Always NONE. */
  enum ResultSubtype {
    /** A machine that speaks like a human: not told apart. */
    MIMIC = "MIMIC",
    /** Nothing more is known. */
    NONE = "NONE",
  }

  /** What happens to a detector. */
  enum Events {
    /** It knows, or will not. */
    DetectionComplete = "AMD.Events.DetectionComplete",
    /** It cannot listen: there is no call, it has ended, or it has another detector. */
    DetectionError = "AMD.Events.DetectionError",
  }

  /** What each event of a detector carries. */
  interface EventMap {
    [AMD.Events.DetectionComplete]: AMD.DetectionCompleteEvent;
    [AMD.Events.DetectionError]: AMD.DetectionErrorEvent;
  }

  interface DetectionCompleteEvent {
    /** The detector. */
    amd: AMD.AnsweringMachineDetector;
    /** The call. */
    call: Call;
    /** The call's id. */
    callId: string;
    /** Who has picked up. */
    resultClass: AMD.ResultClass;
    /** Always NONE. */
    resultSubtype: AMD.ResultSubtype;
    /** 0 to 100: how far the rule is met, not a measured probability. */
    confidence: number;
  }

  interface DetectionErrorEvent {
    /** The detector. */
    amd: AMD.AnsweringMachineDetector;
    /** The call's id, where there is a call. */
    callId?: string;
    /** What is wrong. */
    message: string;
  }

  /** How sure it must be, each 0 to 1 (RangeError), 0.6 where it is absent. */
  interface Thresholds {
    /** For HUMAN: 0.9 is half a second of greeting, 0.7 a second and a half. */
    human?: number;
    /** For VOICEMAIL by a greeting alone: 0.6 is three seconds of it without a pause, 0.9 six. */
    voicemail?: number;
    /** Taken, and changes nothing. */
    mimic?: number;
  }

  /** For `AMD.create`. */
  interface Parameters {
    /** One of `AMD.Model` (TypeError). */
    model: AMD.Model;
    /** Milliseconds from the connect, 0 to 20 000 (RangeError); 6500 where it is absent. */
    timeout?: number;
    /** How sure it must be. */
    thresholds?: AMD.Thresholds;
    /** The older form: the call that `detect` listens to. */
    call?: Call;
  }

  /** Listens to one call, once. Given to a new call as `amd` it begins with the call's first sound, early media included; with a call of its own it begins with `detect`. */
  interface AnsweringMachineDetector {
    /** Its call, once there is one. */
    call: Call | undefined;
    /** As it was given. */
    model: AMD.Model;
    /** As it was given. */
    timeout: number;
    /** Its id, unique in the program. */
    id(): string;
    /** What comes of it: what its events carry. Begins to listen, where it has a call and has not begun. */
    detect(): Promise<AMD.DetectionCompleteEvent | AMD.DetectionErrorEvent>;
    /** Adds a listener. */
    addEventListener<E extends AMD.Events>(event: E, callback: (event: AMD.EventMap[E]) => any): void;
    /** Removes a listener, or all of that event without one. */
    removeEventListener<E extends AMD.Events>(event: E, callback?: (event: AMD.EventMap[E]) => any): void;
  }

  /** Makes a detector. */
  function create(parameters: AMD.Parameters): AMD.AnsweringMachineDetector;
}

/** The session's log. A line has at most 15 000 characters; control characters are written out; 10 MiB a session. */
interface LoggerObject {
  /** Writes a line. */
  write(message: any): void;
  /** Whether the keys that are pressed are kept out of what the program writes of this session: of its journal, where each is `0` from then on and before. Its log names none anyway. What the scenario writes itself is its own. */
  hideTones(flag: boolean): void;
}

declare const Logger: LoggerObject;

/** For `Net.httpRequest`. Times may only be lowered. */
interface HttpRequestOptions {
  /** GET by default; also POST, PUT, PATCH, DELETE, HEAD and OPTIONS (else TypeError). */
  method?: string;
  /** `{name: value}`; the older `["name: value"]` and `[["name", "value"]]` do as well. Control characters, Host and what frames the message throw a TypeError; at most 100 headers and 16 KiB. */
  headers?: { [name: string]: string } | string[] | [string, string][];
  /** Behind the parameters of the URL. */
  params?: { [name: string]: string };
  /** The body: a text as UTF-8, or bytes. At most 1 MiB (RangeError). */
  postData?: string | number[];
  /** The result has `data`. */
  rawOutput?: boolean;
  /** Writes the first 1000 characters of `postData` to the session's log. */
  enableSystemLog?: boolean;
  /** Seconds until there is a connection; 6 at most. */
  connectionTimeout?: number;
  /** Seconds for all of it; 90 at most. */
  timeout?: number;
}

/** What came of a request. */
interface HttpRequestResult {
  /** HTTP's code, or why there is no answer: 0 not allowed, or a limit; -2 no URL; -3 no such host; -4 no connection; -5 too many redirections; -6 the connection broke; -7 too late; -8 a fault of ours; -9 larger than 2 MiB. */
  code: number;
  /** What went wrong, in words, where there is no answer. */
  error?: string;
  /** The answer's headers, with their names in lower case. */
  headers?: { key: string; value: string }[];
  /** The same as lines. */
  raw_headers?: string;
  /** The body in its charset; absent where it is binary. */
  text?: string;
  /** The body's bytes, with `rawOutput`. */
  data?: number[];
}

/** Requests to servers outside, over `http:` and `https:`. Addresses that are not public must be named by `http.allow`. Three of a session are under way at a time; with those that wait there are 35, and one more throws `Exceeded the HTTP connection count limit!`. At the session's end what is under way comes to its end, within 90 s; in a listener of `Terminating` one more may be sent, whose answer nobody hears. */
interface NetObject {
  /** Asks a server; the callback hears what came of it, once. Up to five redirections are followed. */
  httpRequest(url: string, callback: (result: HttpRequestResult) => any, options?: HttpRequestOptions): void;
  /** As `httpRequest`, as a promise. It is rejected only where `httpRequest` would throw. */
  httpRequestAsync(url: string, options?: HttpRequestOptions): Promise<HttpRequestResult>;
  /** The older way to say the options: `new`, then set. A plain object does as well. */
  HttpRequestOptions: new () => HttpRequestOptions;
}

declare const Net: NetObject;

/** An entry of the storage. */
interface StorageKey {
  /** At most 200 characters. */
  key: string;
  /** At most 2000 characters. */
  value: string;
  /** When it expires, in seconds since 1970. */
  expireAt: number;
}

/** Keys of the storage. */
interface StoragePage {
  /** In the order of their bytes. */
  keys: string[];
}

/** What all sessions of this folder share, and what outlives them. A promise is rejected where a key, a value or a time is out of bounds (RangeError), where 100 questions of the session wait already (RangeError), and where the storage is full or broken (Error). */
interface ApplicationStorageObject {
  /** The entry of a key; null where there is none, or it has expired. */
  get(key: string): Promise<StorageKey | null>;
  /** Makes an entry or replaces it, for `ttl` seconds: 0 to 7 776 000. It is on the disk when the promise is kept. */
  put(key: string, value: string, ttl: number): Promise<StorageKey>;
  /** Removes an entry and tells what it was; null where there was none. */
  remove(key: string): Promise<StorageKey | null>;
  /** Keys of a namespace (`calls` for `calls:17`), or that fit a pattern with `*` and `?`; all without one. At most `count`, 1000 by default. */
  keys(pattern?: string, count?: number): Promise<StoragePage>;
}

declare const ApplicationStorage: ApplicationStorageObject;

/** switchhook: as in a browser; writes the session's log. */
interface ConsoleObject {
  log(...values: any[]): void;
  info(...values: any[]): void;
  debug(...values: any[]): void;
  warn(...values: any[]): void;
  error(...values: any[]): void;
}

declare const console: ConsoleObject;

/** Names for `require`. What exists is always active, so none is needed. */
declare enum Modules {
  ACD = "acd",
  AI = "ai",
  AMD = "amd",
  ASR = "asr",
  ApplicationStorage = "applicationstorage",
  Avatar = "avatar",
  CallList = "calllist",
  Cartesia = "cartesia",
  Conference = "conference",
  Deepgram = "deepgram",
  ElevenLabs = "elevenlabs",
  Gemini = "gemini",
  Google = "google",
  Grok = "grok",
  IVR = "ivr",
  Inworld = "inworld",
  MCP = "mcp",
  Net = "net",
  OpenAI = "openai",
  Pipecat = "pipecat",
  Player = "player",
  PushService = "pushservice",
  Recorder = "recorder",
  Silero = "silero",
  SmartQueue = "smartqueue",
  StreamingAgent = "streamingagent",
  Ultravox = "ultravox",
  VoxTTS = "voxtts",
  VoximplantAPI = "voximplantapi",
  WebSocket = "websocket",
  XAI = "xai",
  Yandex = "yandex",
}

/** Does nothing, whatever it is given: every module is active. */
declare function require(module?: any): void;

/** Writes a line of the session's log, as `Logger.write`. */
declare function trace(data: any): void;

/** Calls `callback` once, after `timeout` milliseconds (0 by default), with `args`. At most 100 timers are active (RangeError); no function: TypeError. */
declare function setTimeout(callback: (...args: any[]) => any, timeout?: number, ...args: any[]): number;

/** Calls `callback` every `timeout` milliseconds, at least 100. Otherwise as `setTimeout`. */
declare function setInterval(callback: (...args: any[]) => any, timeout?: number, ...args: any[]): number;

/** Stops a timer; an unknown one is ignored. */
declare function clearTimeout(timeoutID?: number): void;

/** Stops a timer; an unknown one is ignored. */
declare function clearInterval(intervalID?: number): void;

/** A random UUID (version 4). */
declare function uuidgen(): string;

/** Bytes, or a text as UTF-8, in base64. At most 1 MiB (RangeError). */
declare function base64_encode(data: string | number[]): string;

/** The bytes of base64, with either alphabet; anything else is a TypeError. */
declare function base64_decode(data: string): number[];

/** Bytes in hex, lower-case unless `toUpperCase`. */
declare function bytes2hex(data: number[], toUpperCase?: boolean): string;

/** The bytes of hex; anything else is a TypeError. */
declare function hex2bytes(data: string): number[];

/** The text of bytes. Encodings: utf-8 (default), ascii, iso-8859-1, utf-16le, utf-16be; another is a RangeError. */
declare function bytes2str(data: number[], encoding?: string): string;

/** The bytes of a text; what the encoding cannot say becomes `?`. */
declare function str2bytes(data: string, encoding?: string): number[];

/** How many characters must be added, dropped or changed. At most 4096 characters each (RangeError). */
declare function levenshtein_distance(str1: string, str2: string): number;

/** A Date whose hours are those of the time zone (IANA name; unknown: RangeError) at `date`, by default now. Dates are UTC here. */
declare function getLocalTime(timezone: string, date?: Date): Date;
