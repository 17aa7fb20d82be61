// The names of voices, of old (Language) and of new (VoiceList). Which voice of the provider one is, is for the
// operator to say; every name is taken, so that published scenarios run.

const { NativeProxy, expose, indexIn, slice } = core;

/// Beneath `prefix` every name is a voice's, or where `isFolder` says so a place of more of them.
function names(prefix, isFolder) {
  return new NativeProxy(
    { __proto__: null },
    {
      __proto__: null,
      get(_, name) {
        if (typeof name !== "string") return undefined;
        const whole = prefix === "" ? name : prefix + "." + name;
        return isFolder(whole) ? names(whole, isFolder) : whole;
      },
      set: () => false,
      defineProperty: () => false,
      setPrototypeOf: () => false,
    },
  );
}

// How a provider's voice is to sound: names for `ttsOptions`, which no provider here knows.
expose("TTSEffectsProfile", {
  HandsetClassDevice: "handset-class-device",
  HeadphoneClassDevice: "headphone-class-device",
  LargeAutomotiveClassDevice: "large-automotive-class-device",
  LargeHomeEntertainmentClassDevice: "large-home-entertainment-class-device",
  MediumBluetoothSpeakerClassDevice: "medium-bluetooth-speaker-class-device",
  SmallBluetoothSpeakerClassDevice: "small-bluetooth-speaker-class-device",
  TelephonyClassApplication: "telephony-class-application",
  WearableClassDevice: "wearable-class-device",
});

// `Language.US_ENGLISH_FEMALE`, `Language.Premium.US_ENGLISH_FEMALE`.
expose("Language", names("", (name) => name === "Premium"));

// `VoiceList.Amazon.en_US_Joanna`, `VoiceList.Amazon.Neural.en_US_Joanna`.
const KINDS = { __proto__: null, Neural: true, Generative: true, LongForm: true, Wavenet: true, Brand: true };
expose("VoiceList", names("", (name) => {
  const dot = indexIn(name, ".");
  return dot === -1 || KINDS[slice(name, dot + 1)] === true;
}));
