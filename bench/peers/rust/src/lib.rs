// SPDX-License-Identifier: Apache-2.0

//! The rule of the filter, for three methods, with the Rust SDK.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::{Action, LogLevel, MetricType};

const IMPLEMENTED: [&str; 3] = ["GET", "HEAD", "POST"];

proxy_wasm::main! {{
    proxy_wasm::set_http_context(|_, _| -> Box<dyn HttpContext> { Box::new(Stream) });
}}

thread_local! {
    static COUNTER: u32 = hostcalls::define_metric(MetricType::Counter, "not_implemented_total").unwrap();
}

struct Stream;

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let method = self.get_http_request_header(":method").unwrap_or_default();
        if IMPLEMENTED.contains(&method.as_str()) {
            return Action::Continue;
        }
        COUNTER.with(|counter| hostcalls::increment_metric(*counter, 1)).unwrap();
        hostcalls::log(LogLevel::Debug, &format!("501 not_implemented_method[{method}]")).unwrap();
        let message = format!("This server does not implement the {method} method.");
        let content_type = self.get_http_request_header("content-type").unwrap_or_default();
        if content_type.starts_with("application/grpc") {
            self.send_http_response(501, vec![("cache-control", "no-store")], Some(message.as_bytes()));
            return Action::Pause;
        }
        let body = format!(r#"{{"error":"not_implemented","message":"{message}","method":"{method}"}}"#);
        let headers = vec![
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ];
        self.send_http_response(501, headers, Some(body.as_bytes()));
        Action::Pause
    }
}
