// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
)

func pods(t *testing.T, address string) dynamic.ResourceInterface {
	t.Helper()
	client, err := dynamic.NewForConfig(cluster(address))
	if err != nil {
		t.Fatal(err)
	}
	return client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace("default")
}

func cluster(address string) *rest.Config { return &rest.Config{Host: "http://" + address} }

func clientGo(t *testing.T, _, address string) string {
	_, err := pods(t, address).Patch(t.Context(), "pod", types.ApplyPatchType, []byte("{}"), metav1.PatchOptions{FieldManager: "test"})
	e, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("StatusError %s: %s", e.Status().Reason, e)
}

func kubernetesWatch(t *testing.T, _, address string) string {
	_, err := pods(t, address).Watch(t.Context(), metav1.ListOptions{})
	e, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("StatusError %s: %s", e.Status().Reason, e)
}

func podURL(t *testing.T, address, subresource string) *url.URL {
	t.Helper()
	target, err := url.Parse("http://" + address + "/api/v1/namespaces/default/pods/pod/" + subresource)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// kubernetesExec asks with websocket, and kubectl before 1.29 with SPDY.
func kubernetesExec(t *testing.T, client, address string) string {
	target := podURL(t, address, "exec?command=true&stdout=true")
	executor, err := remotecommand.NewWebSocketExecutor(cluster(address), "GET", target.String())
	if strings.HasSuffix(client, "SPDY") {
		executor, err = remotecommand.NewSPDYExecutor(cluster(address), "POST", target)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(executor.StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdout: io.Discard}))
}

func kubernetesPortForward(t *testing.T, client, address string) string {
	target := podURL(t, address, "portforward")
	dialer, err := portforward.NewSPDYOverWebsocketDialer(target, cluster(address))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(client, "SPDY") {
		transport, upgrader, err := spdy.RoundTripperFor(cluster(address))
		if err != nil {
			t.Fatal(err)
		}
		dialer = spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", target)
	}
	_, _, err = dialer.Dial(portforward.PortForwardProtocolV1Name)
	return fmt.Sprint(err)
}
