module notimplemented/bench

go 1.26.0

require github.com/bytecodealliance/wasmtime-go/v35 v35.0.0

require github.com/stretchr/testify v1.9.0 // indirect
