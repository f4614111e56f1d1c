// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
)

// healthy is a gRPC server behind Envoy.
func healthy(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	reflection.Register(server)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func TestGRPC(t *testing.T) {
	_, addresses := serveManagers(t, healthy(t),
		manager{configuration: `{"implemented_methods": ["GET"]}`},
		manager{configuration: `{"implemented_methods": ["GET", "POST"]}`})
	const missing = "rpc error: code = Unimplemented desc = This server does not implement the POST method."
	for _, tt := range []struct {
		name string
		call func(t *testing.T, connection *grpc.ClientConn) (string, error)
		want string // where POST is implemented
	}{
		{"unary", check, "SERVING"},
		{"server streaming", watch, "SERVING"},
		{"streaming both ways", services, "grpc.health.v1.Health"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, want := range []string{missing, tt.want} {
				connection, err := grpc.NewClient("passthrough:///"+addresses[i],
					grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
				if err != nil {
					t.Fatal(err)
				}
				defer connection.Close()
				got, err := tt.call(t, connection)
				if err != nil {
					got = status.Convert(err).Err().Error()
				}
				if got != want {
					t.Errorf("got %s\nwant %s", got, want)
				}
			}
		})
	}
}

func check(t *testing.T, connection *grpc.ClientConn) (string, error) {
	response, err := grpc_health_v1.NewHealthClient(connection).Check(t.Context(), nil)
	return response.GetStatus().String(), err
}

func watch(t *testing.T, connection *grpc.ClientConn) (string, error) {
	updates, err := grpc_health_v1.NewHealthClient(connection).Watch(t.Context(), nil)
	if err != nil {
		return "", err
	}
	response, err := updates.Recv()
	return response.GetStatus().String(), err
}

// services keeps its side of the stream open.
func services(t *testing.T, connection *grpc.ClientConn) (string, error) {
	stream, err := grpc_reflection_v1.NewServerReflectionClient(connection).ServerReflectionInfo(t.Context())
	if err != nil {
		return "", err
	}
	err = stream.Send(&grpc_reflection_v1.ServerReflectionRequest{
		MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{},
	})
	if err != nil && err != io.EOF { // the status comes from Recv
		return "", err
	}
	response, err := stream.Recv()
	if err != nil {
		return "", err
	}
	return response.GetListServicesResponse().GetService()[0].GetName(), nil
}
