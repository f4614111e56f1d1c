module notimplemented/cmd/notimplemented

go 1.26.0

require (
	github.com/go-json-experiment/json v1.27.2
	go.yaml.in/yaml/v4 v4.0.0
	golang.org/x/net v0.62.0
	notimplemented v0.0.0
	sigs.k8s.io/yaml v1.6.0
)

require (
	github.com/tetratelabs/wazero v1.12.0 // indirect
	go.yaml.in/yaml/v2 v2.4.2 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace notimplemented => ../..
