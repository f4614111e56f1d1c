// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"notimplemented/e2e/harness/project"
)

var (
	bucket = aws.String("bucket")
	key    = aws.String("key")
	id     = aws.String("1")
)

func content() io.Reader { return strings.NewReader("content") }

// TestS3 tests docs/s3.json, with a server behind that would do what it calls
// unimplemented.
func TestS3(t *testing.T) {
	const name = "s3"
	proxy := serve(t, listener{Name: name, Configuration: project.File(t, "docs/s3.json"), Server: newServer(t, moto(t), false)})
	client := awsS3(proxy.Address(name))
	for _, tt := range implemented {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("rclone", func(t *testing.T) { sync(t, s3Remote(proxy.Address(name))) })
	if answers := proxy.count(t, name, "downstream_rq_5xx"); answers != 0 {
		t.Errorf("%d times 501 to what is implemented", answers)
	}
	for _, tt := range unimplemented {
		t.Run(tt.name, func(t *testing.T) {
			before := proxy.count(t, name, "downstream_rq_5xx")
			err := tt.do(t.Context(), client)
			e, ok := errors.AsType[smithy.APIError](err)
			if !ok {
				t.Fatalf("got %v, want an error of the API", err)
			}
			got := e.ErrorCode() + ": " + e.ErrorMessage()
			if want := "NotImplemented: This server does not implement " + tt.want; got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			if answers := proxy.count(t, name, "downstream_rq_5xx") - before; answers != 1 {
				t.Errorf("%d times 501, want once", answers)
			}
		})
	}
}

// sync copies a folder to a new bucket and back, and syncs it once it has changed.
// With each file and bucket rclone sends "x-amz-acl: private".
func sync(t *testing.T, remote string) {
	t.Helper()
	folder := t.TempDir()
	do(t, folder, "mkdir", "-p", "from/folder", "to")
	for _, name := range []string{"from/a", "from/folder/b"} {
		write(t, folder, name, name)
	}
	do(t, folder, "rclone", "copy", "from", remote+"rclone")
	write(t, folder, "from/folder/c", "new")
	if err := os.Remove(filepath.Join(folder, "from/a")); err != nil {
		t.Fatal(err)
	}
	do(t, folder, "rclone", "sync", "from", remote+"rclone")
	do(t, folder, "rclone", "copy", remote+"rclone", "to")
	do(t, folder, "diff", "--recursive", "from", "to")
}

// moto starts a server of S3.
func moto(t *testing.T) (address string) {
	t.Helper()
	command := exec.Command(filepath.Join(pythonClients(t), "bin", "python"), "python/server.py")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("%v: %v\n%s", command, err, &stderr)
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, &stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

// operation does one thing with a client of S3.
type operation func(ctx context.Context, c *s3.Client) error

// of makes an operation of a method of the client.
func of[I, O any](method func(*s3.Client, context.Context, *I, ...func(*s3.Options)) (*O, error), input *I) operation {
	return func(ctx context.Context, c *s3.Client) error {
		_, err := method(c, ctx, input)
		return err
	}
}

// implemented is what an application does with a bucket, in this order.
var implemented = []struct {
	name string
	do   operation
}{
	{"CreateBucket", of((*s3.Client).CreateBucket, &s3.CreateBucketInput{Bucket: bucket})},
	{"ListBuckets", of((*s3.Client).ListBuckets, &s3.ListBucketsInput{})},
	{"HeadBucket", of((*s3.Client).HeadBucket, &s3.HeadBucketInput{Bucket: bucket})},
	{"GetBucketLocation", of((*s3.Client).GetBucketLocation, &s3.GetBucketLocationInput{Bucket: bucket})},
	{"GetBucketVersioning", of((*s3.Client).GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: bucket})},
	{"PutBucketCors", of((*s3.Client).PutBucketCors, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{
		CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}})},
	{"GetBucketCors", of((*s3.Client).GetBucketCors, &s3.GetBucketCorsInput{Bucket: bucket})},
	{"DeleteBucketCors", of((*s3.Client).DeleteBucketCors, &s3.DeleteBucketCorsInput{Bucket: bucket})},
	{"PutBucketWebsite", of((*s3.Client).PutBucketWebsite, &s3.PutBucketWebsiteInput{Bucket: bucket, WebsiteConfiguration: &types.WebsiteConfiguration{
		IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}}})},
	{"GetBucketWebsite", of((*s3.Client).GetBucketWebsite, &s3.GetBucketWebsiteInput{Bucket: bucket})},
	{"PutObject", func(ctx context.Context, c *s3.Client) error {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: content(), Metadata: map[string]string{"tag": "value"}})
		return err
	}},
	{"GetObject", func(ctx context.Context, c *s3.Client) error {
		object, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, Range: aws.String("bytes=0-3")})
		if err != nil {
			return err
		}
		defer object.Body.Close()
		got, err := io.ReadAll(object.Body)
		if err == nil && string(got) != "cont" {
			err = errors.New("got " + string(got))
		}
		return err
	}},
	{"HeadObject", of((*s3.Client).HeadObject, &s3.HeadObjectInput{Bucket: bucket, Key: key})},
	{"CopyObject", of((*s3.Client).CopyObject, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String("bucket/key")})},
	{"ListObjects", of((*s3.Client).ListObjects, &s3.ListObjectsInput{Bucket: bucket, Delimiter: aws.String("/")})},
	{"ListObjectsV2", of((*s3.Client).ListObjectsV2, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: key})},
	{"a multipart upload", multipart},
	{"DeleteObject", of((*s3.Client).DeleteObject, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("copy")})},
	{"DeleteObjects", of((*s3.Client).DeleteObjects, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{
		Objects: []types.ObjectIdentifier{{Key: aws.String("parts")}}}})},
}

func multipart(ctx context.Context, c *s3.Client) error {
	parts := aws.String("parts")
	upload, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: parts})
	if err != nil {
		return err
	}
	part, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: parts, UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: content()})
	if err != nil {
		return err
	}
	if _, err := c.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: parts, UploadId: upload.UploadId}); err != nil {
		return err
	}
	_, err = c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: parts, UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: part.ETag, PartNumber: aws.Int32(1)}}}})
	return err
}

const (
	permissions = " Use the access key's permissions."
	sse         = "encryption with keys of the server. Use SSE-C."
	tagging     = "tagging. Use user metadata."
)

// unimplemented is every operation that is documented as missing, and the headers
// that ask for the same.
var unimplemented = []struct {
	name string
	do   operation
	want string // after "This server does not implement"
}{
	{"GetBucketAcl", of((*s3.Client).GetBucketAcl, &s3.GetBucketAclInput{Bucket: bucket}), "access control lists." + permissions},
	{"PutBucketAcl", of((*s3.Client).PutBucketAcl, &s3.PutBucketAclInput{Bucket: bucket, ACL: types.BucketCannedACLPrivate}), "access control lists." + permissions},
	{"GetObjectAcl", of((*s3.Client).GetObjectAcl, &s3.GetObjectAclInput{Bucket: bucket, Key: key}), "access control lists." + permissions},
	{"PutObjectAcl", of((*s3.Client).PutObjectAcl, &s3.PutObjectAclInput{Bucket: bucket, Key: key}), "access control lists." + permissions},
	{"PutObject that anybody can read", put(func(i *s3.PutObjectInput) { i.ACL = types.ObjectCannedACLPublicRead }), "access control lists." + permissions},
	{"GetBucketPolicy", of((*s3.Client).GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: bucket}), "bucket policies." + permissions},
	{"PutBucketPolicy", of((*s3.Client).PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String("{}")}), "bucket policies." + permissions},
	{"DeleteBucketPolicy", of((*s3.Client).DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: bucket}), "bucket policies." + permissions},
	{"GetBucketPolicyStatus", of((*s3.Client).GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: bucket}), "bucket policies." + permissions},
	{"PutBucketVersioning", of((*s3.Client).PutBucketVersioning, &s3.PutBucketVersioningInput{Bucket: bucket,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}), "versioning."},
	{"ListObjectVersions", of((*s3.Client).ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: bucket}), "versioning."},
	{"GetObject of a version", of((*s3.Client).GetObject, &s3.GetObjectInput{Bucket: bucket, Key: key, VersionId: id}), "versioning."},
	{"GetBucketReplication", of((*s3.Client).GetBucketReplication, &s3.GetBucketReplicationInput{Bucket: bucket}), "replication."},
	{"PutBucketReplication", of((*s3.Client).PutBucketReplication, &s3.PutBucketReplicationInput{Bucket: bucket,
		ReplicationConfiguration: &types.ReplicationConfiguration{Role: id, Rules: []types.ReplicationRule{}}}), "replication."},
	{"DeleteBucketReplication", of((*s3.Client).DeleteBucketReplication, &s3.DeleteBucketReplicationInput{Bucket: bucket}), "replication."},
	{"GetObjectLockConfiguration", of((*s3.Client).GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: bucket}), "object lock."},
	{"PutObjectLockConfiguration", of((*s3.Client).PutObjectLockConfiguration, &s3.PutObjectLockConfigurationInput{Bucket: bucket}), "object lock."},
	{"GetObjectRetention", of((*s3.Client).GetObjectRetention, &s3.GetObjectRetentionInput{Bucket: bucket, Key: key}), "object lock."},
	{"PutObjectRetention", of((*s3.Client).PutObjectRetention, &s3.PutObjectRetentionInput{Bucket: bucket, Key: key}), "object lock."},
	{"GetObjectLegalHold", of((*s3.Client).GetObjectLegalHold, &s3.GetObjectLegalHoldInput{Bucket: bucket, Key: key}), "object lock."},
	{"PutObjectLegalHold", of((*s3.Client).PutObjectLegalHold, &s3.PutObjectLegalHoldInput{Bucket: bucket, Key: key}), "object lock."},
	{"CreateBucket with object lock", of((*s3.Client).CreateBucket, &s3.CreateBucketInput{Bucket: aws.String("locked"), ObjectLockEnabledForBucket: aws.Bool(true)}), "object lock."},
	{"PutObject with a lock", put(func(i *s3.PutObjectInput) { i.ObjectLockMode = types.ObjectLockModeGovernance }), "object lock."},
	{"PutObject with a hold", put(func(i *s3.PutObjectInput) { i.ObjectLockLegalHoldStatus = types.ObjectLockLegalHoldStatusOn }), "object lock."},
	{"GetBucketEncryption", of((*s3.Client).GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: bucket}), sse},
	{"PutBucketEncryption", of((*s3.Client).PutBucketEncryption, &s3.PutBucketEncryptionInput{Bucket: bucket,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{}}}), sse},
	{"DeleteBucketEncryption", of((*s3.Client).DeleteBucketEncryption, &s3.DeleteBucketEncryptionInput{Bucket: bucket}), sse},
	{"PutObject with a key of the server", put(func(i *s3.PutObjectInput) { i.ServerSideEncryption = types.ServerSideEncryptionAwsKms }), sse},
	{"GetBucketNotificationConfiguration", of((*s3.Client).GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: bucket}), "notifications."},
	{"PutBucketNotificationConfiguration", of((*s3.Client).PutBucketNotificationConfiguration, &s3.PutBucketNotificationConfigurationInput{Bucket: bucket,
		NotificationConfiguration: &types.NotificationConfiguration{}}), "notifications."},
	{"GetBucketTagging", of((*s3.Client).GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: bucket}), tagging},
	{"PutBucketTagging", of((*s3.Client).PutBucketTagging, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: []types.Tag{}}}), tagging},
	{"DeleteBucketTagging", of((*s3.Client).DeleteBucketTagging, &s3.DeleteBucketTaggingInput{Bucket: bucket}), tagging},
	{"GetObjectTagging", of((*s3.Client).GetObjectTagging, &s3.GetObjectTaggingInput{Bucket: bucket, Key: key}), tagging},
	{"PutObjectTagging", of((*s3.Client).PutObjectTagging, &s3.PutObjectTaggingInput{Bucket: bucket, Key: key, Tagging: &types.Tagging{TagSet: []types.Tag{}}}), tagging},
	{"DeleteObjectTagging", of((*s3.Client).DeleteObjectTagging, &s3.DeleteObjectTaggingInput{Bucket: bucket, Key: key}), tagging},
	{"PutObject with tags", put(func(i *s3.PutObjectInput) { i.Tagging = aws.String("key=value") }), tagging},
	{"GetObjectTorrent", of((*s3.Client).GetObjectTorrent, &s3.GetObjectTorrentInput{Bucket: bucket, Key: key}), "torrents."},
	{"ListBucketAnalyticsConfigurations", of((*s3.Client).ListBucketAnalyticsConfigurations, &s3.ListBucketAnalyticsConfigurationsInput{Bucket: bucket}), "analytics."},
	{"GetBucketAnalyticsConfiguration", of((*s3.Client).GetBucketAnalyticsConfiguration, &s3.GetBucketAnalyticsConfigurationInput{Bucket: bucket, Id: id}), "analytics."},
	{"DeleteBucketAnalyticsConfiguration", of((*s3.Client).DeleteBucketAnalyticsConfiguration, &s3.DeleteBucketAnalyticsConfigurationInput{Bucket: bucket, Id: id}), "analytics."},
	{"ListBucketIntelligentTieringConfigurations", of((*s3.Client).ListBucketIntelligentTieringConfigurations, &s3.ListBucketIntelligentTieringConfigurationsInput{Bucket: bucket}), "intelligent tiering."},
	{"GetBucketIntelligentTieringConfiguration", of((*s3.Client).GetBucketIntelligentTieringConfiguration, &s3.GetBucketIntelligentTieringConfigurationInput{Bucket: bucket, Id: id}), "intelligent tiering."},
	{"DeleteBucketIntelligentTieringConfiguration", of((*s3.Client).DeleteBucketIntelligentTieringConfiguration, &s3.DeleteBucketIntelligentTieringConfigurationInput{Bucket: bucket, Id: id}), "intelligent tiering."},
	{"ListBucketInventoryConfigurations", of((*s3.Client).ListBucketInventoryConfigurations, &s3.ListBucketInventoryConfigurationsInput{Bucket: bucket}), "inventories."},
	{"GetBucketInventoryConfiguration", of((*s3.Client).GetBucketInventoryConfiguration, &s3.GetBucketInventoryConfigurationInput{Bucket: bucket, Id: id}), "inventories."},
	{"DeleteBucketInventoryConfiguration", of((*s3.Client).DeleteBucketInventoryConfiguration, &s3.DeleteBucketInventoryConfigurationInput{Bucket: bucket, Id: id}), "inventories."},
	{"ListBucketMetricsConfigurations", of((*s3.Client).ListBucketMetricsConfigurations, &s3.ListBucketMetricsConfigurationsInput{Bucket: bucket}), "metrics."},
	{"GetBucketMetricsConfiguration", of((*s3.Client).GetBucketMetricsConfiguration, &s3.GetBucketMetricsConfigurationInput{Bucket: bucket, Id: id}), "metrics."},
	{"DeleteBucketMetricsConfiguration", of((*s3.Client).DeleteBucketMetricsConfiguration, &s3.DeleteBucketMetricsConfigurationInput{Bucket: bucket, Id: id}), "metrics."},
	{"GetBucketOwnershipControls", of((*s3.Client).GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: bucket}), "object ownership."},
	{"DeleteBucketOwnershipControls", of((*s3.Client).DeleteBucketOwnershipControls, &s3.DeleteBucketOwnershipControlsInput{Bucket: bucket}), "object ownership."},
	{"GetPublicAccessBlock", of((*s3.Client).GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: bucket}), "public access blocks."},
	{"PutPublicAccessBlock", of((*s3.Client).PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{Bucket: bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{}}), "public access blocks."},
	{"DeletePublicAccessBlock", of((*s3.Client).DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: bucket}), "public access blocks."},
	{"GetBucketAccelerateConfiguration", of((*s3.Client).GetBucketAccelerateConfiguration, &s3.GetBucketAccelerateConfigurationInput{Bucket: bucket}), "transfer acceleration."},
	{"PutBucketAccelerateConfiguration", of((*s3.Client).PutBucketAccelerateConfiguration, &s3.PutBucketAccelerateConfigurationInput{Bucket: bucket,
		AccelerateConfiguration: &types.AccelerateConfiguration{}}), "transfer acceleration."},
	{"GetBucketLogging", of((*s3.Client).GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: bucket}), "access logs."},
	{"PutBucketLogging", of((*s3.Client).PutBucketLogging, &s3.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &types.BucketLoggingStatus{}}), "access logs."},
	{"GetBucketRequestPayment", of((*s3.Client).GetBucketRequestPayment, &s3.GetBucketRequestPaymentInput{Bucket: bucket}), "requester pays."},
	{"PutBucketRequestPayment", of((*s3.Client).PutBucketRequestPayment, &s3.PutBucketRequestPaymentInput{Bucket: bucket,
		RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerRequester}}), "requester pays."},
	{"RestoreObject", of((*s3.Client).RestoreObject, &s3.RestoreObjectInput{Bucket: bucket, Key: key}), "restoring."},
	{"SelectObjectContent", of((*s3.Client).SelectObjectContent, &s3.SelectObjectContentInput{Bucket: bucket, Key: key,
		Expression: aws.String("SELECT * FROM s3object"), ExpressionType: types.ExpressionTypeSql,
		InputSerialization: &types.InputSerialization{}, OutputSerialization: &types.OutputSerialization{}}), "S3 Select. Use GetObject with a range."},
}

// put is a PutObject with something more.
func put(more func(*s3.PutObjectInput)) operation {
	return func(ctx context.Context, c *s3.Client) error {
		input := &s3.PutObjectInput{Bucket: bucket, Key: key, Body: content()}
		more(input)
		_, err := c.PutObject(ctx, input)
		return err
	}
}
