# SPDX-License-Identifier: Apache-2.0

def s3(url):
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}),
    )


def boto3(url):
    from botocore.exceptions import ClientError

    try:
        s3(url).get_object_tagging(Bucket="bucket", Key="key")
    except ClientError as e:
        return f"ClientError {e.response['Error']['Code']}: {e.response['Error']['Message']}"


def boto3_head(url):
    from botocore.exceptions import ClientError

    try:
        s3(url).head_object(Bucket="bucket", Key="key", VersionId="1")
    except ClientError as e:
        return f"ClientError {e.response['Error']['Code']}: {e.response['Error']['Message']}"


def minio(url):
    from minio import Minio
    from minio.error import S3Error

    client = Minio(url.removeprefix("http://"), access_key="test", secret_key="test", secure=False, region="us-east-1")
    try:
        client.get_object_tags("bucket", "key")
    except S3Error as e:
        return f"S3Error {e.code}: {e.message}"


clients = {"boto3": boto3, "boto3, HEAD": boto3_head, "minio": minio}
