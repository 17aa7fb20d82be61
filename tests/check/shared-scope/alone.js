helper();
