// Connects two calls and says nothing of transfers: a REFER goes through the rules.
VoxEngine.forwardCallToUser();
