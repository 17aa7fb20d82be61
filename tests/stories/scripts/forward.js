// Every call goes to the user that was dialled.
VoxEngine.forwardCallToUser();
