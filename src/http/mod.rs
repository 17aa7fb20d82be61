//! `/healthz` and `/metrics`, for whoever watches the program, recordings by their links, and WebSockets and
//! requests to sessions. Bound to loopback until somebody says otherwise.

pub mod recordings;
pub mod visit;

use std::future::Future;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::telemetry::metrics::Figures;

/// Whether new calls are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Up,
    /// Running calls end, new ones get 503.
    Draining,
}

/// What `/healthz` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub status: Status,
    pub version: &'static str,
    pub sessions: usize,
}

/// Where the answers come from.
#[derive(Clone)]
pub struct Sources {
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    pub figures: Figures,
    pub recordings: Option<recordings::Recordings>,
    pub visits: Option<visit::Visits>,
}

/// Answers until `stop` is ready.
pub async fn serve(
    listener: TcpListener,
    sources: Sources,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // Sound by a WebSocket is many small messages, none of which may wait for the next.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router(sources))
        .with_graceful_shutdown(stop)
        .await
}

fn router(sources: Sources) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .route("/recordings/{*name}", get(recordings::recording))
        .route("/sessions/{*path}", any(visit::visit))
        .with_state(sources)
}

/// 200 while new calls are taken, 503 while they are not.
async fn healthz(State(sources): State<Sources>) -> impl IntoResponse {
    let health = (sources.health)();
    let code = match health.status {
        Status::Up => StatusCode::OK,
        Status::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(health))
}

async fn metrics(State(sources): State<Sources>) -> impl IntoResponse {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (text, sources.figures.render())
}
