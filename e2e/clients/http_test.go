// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/twitchtv/twirp"
	"github.com/twitchtv/twirp/example"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func minioGo(t *testing.T, _, address string) string {
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4("test", "test", ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetObjectTagging(t.Context(), "bucket", "key", minio.GetObjectTaggingOptions{})
	e, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("ErrorResponse %s: %s", e.Code, e.Message)
}

func awsGo(t *testing.T, _, address string) string {
	_, err := awsS3(address).GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("APIError %s: %s", e.ErrorCode(), e.ErrorMessage())
}

func awsS3(address string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String("http://" + address),
		UsePathStyle: true,
		Region:       "us-east-1",
		Credentials:  awscredentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

func clientGo(t *testing.T, _, address string) string {
	client, err := dynamic.NewForConfig(&rest.Config{Host: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	pods := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace("default")
	_, err = pods.Patch(t.Context(), "pod", types.ApplyPatchType, []byte("{}"), metav1.PatchOptions{FieldManager: "test"})
	e, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("StatusError %s: %s", e.Status().Reason, e)
}

func containerRegistry(t *testing.T, _, address string) string {
	tag, err := name.NewTag(address + "/repository:tag")
	if err != nil {
		t.Fatal(err)
	}
	err = remote.Delete(tag, remote.WithContext(t.Context()))
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || len(e.Errors) != 1 {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s: %s Detail %v.", e.Errors[0].Code, e.Errors[0].Message, e.Errors[0].Detail)
}

func twirpGo(t *testing.T, _, address string) string {
	_, err := example.NewHaberdasherProtobufClient("http://"+address, http.DefaultClient).MakeHat(t.Context(), &example.Size{Inches: 1})
	e, ok := errors.AsType[twirp.Error](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s: %s Meta %v.", e.Code(), e.Msg(), e.MetaMap())
}
