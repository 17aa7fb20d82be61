// require(Modules.X): VoxEngine activates parts of itself so. Here every part that exists is
// always there, so that require does nothing, whatever it is given.

const Modules = {
  ACD: "acd",
  AI: "ai",
  AMD: "amd",
  ASR: "asr",
  ApplicationStorage: "applicationstorage",
  Avatar: "avatar",
  CallList: "calllist",
  Cartesia: "cartesia",
  Conference: "conference",
  Deepgram: "deepgram",
  ElevenLabs: "elevenlabs",
  Gemini: "gemini",
  Google: "google",
  Grok: "grok",
  IVR: "ivr",
  Inworld: "inworld",
  MCP: "mcp",
  Net: "net",
  OpenAI: "openai",
  Pipecat: "pipecat",
  Player: "player",
  PushService: "pushservice",
  Recorder: "recorder",
  Silero: "silero",
  SmartQueue: "smartqueue",
  StreamingAgent: "streamingagent",
  Ultravox: "ultravox",
  VoxTTS: "voxtts",
  VoximplantAPI: "voximplantapi",
  WebSocket: "websocket",
  XAI: "xai",
  Yandex: "yandex",
};

expose("Modules", Modules);
expose("require", function require(module) {});
