// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"text/template"
	"time"
)

// Run is Start for the time of a test, which ends if Envoy does not start.
func Run(t testing.TB, bootstrap []byte) *Process {
	t.Helper()
	process, err := Start(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", process.Stderr)
		}
	})
	return process
}

// Fill fills a template in YAML, in which "json" quotes a string.
func Fill(t testing.TB, text string, data any) []byte {
	t.Helper()
	var filled bytes.Buffer
	parsed, err := template.New("").Funcs(template.FuncMap{
		"json": func(s string) (string, error) {
			quoted, err := json.Marshal(s) // a JSON string is a YAML string too
			return string(quoted), err
		},
	}).Parse(text)
	if err == nil {
		err = parsed.Execute(&filled, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return filled.Bytes()
}

// Certificate is one for a host, signed by itself, and its key, in PEM.
func Certificate(t testing.TB, host string) (chain, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{host}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", encoded)
}
