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
	"github.com/go-kivik/kivik/v4"
	_ "github.com/go-kivik/kivik/v4/couchdb" // which New knows by its name
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-github/v75/github"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/twitchtv/twirp"
	"github.com/twitchtv/twirp/example"
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

func goGitHub(t *testing.T, _, address string) string {
	client, err := github.NewClient(nil).WithEnterpriseURLs("http://"+address, "http://"+address)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client.Repositories.Edit(t.Context(), "owner", "repository", &github.Repository{})
	e, ok := errors.AsType[*github.ErrorResponse](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("ErrorResponse %d: %s", e.Response.StatusCode, e.Message)
}

func kivikGo(t *testing.T, _, address string) string {
	client, err := kivik.New("couch", "http://"+address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.DB("database").Copy(t.Context(), "copy", "document")
	return fmt.Sprintf("%d: %v", kivik.HTTPStatus(err), err)
}
