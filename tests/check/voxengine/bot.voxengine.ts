const bot = Gemini.createLiveAPIClient({} as any);
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => e.call.answerDirect());
