// Addresses of the built scripts of the other threads: bundle.mjs puts their hashed names in the place of these words.

declare const WORKER_URL: string;
declare const PLAYER_URL: string;
declare const CAPTURE_URL: string;
declare const LIMITER_URL: string;
