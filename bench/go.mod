module notimplemented/bench

go 1.26.0

require (
	github.com/bytecodealliance/wasmtime-go/v35 v35.0.0
	github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0-20260105142703-44c7d5847745
	notimplemented v0.0.0
	notimplemented/e2e v0.0.0
)

replace (
	notimplemented => ../
	notimplemented/e2e => ../e2e
)

require (
	github.com/tetratelabs/wazero v1.12.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
