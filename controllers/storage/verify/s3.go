// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"cloudrecording.dev/operator/controllers/storage"
)

// openS3 opens a bucket of a service with an S3 API. It uses only its arguments: no
// environment variables, no files, no metadata of the machine.
func openS3(ctx context.Context, target storage.Target, credentials storage.Credentials, client *http.Client) (*blob.Bucket, error) {
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID:     credentials.AccessKey,
			SecretAccessKey: credentials.SecretKey,
			SessionToken:    credentials.StsToken,
		}, nil
	})
	s3Client := s3.New(s3.Options{
		Region:                      target.SigningRegion(),
		Credentials:                 provider,
		EndpointResolverV2:          fixedEndpoint{target},
		HTTPClient:                  client,
		HTTPSignerV4:                signer{next: v4.NewSigner()},
		Retryer:                     retry.NewStandard(retryOptions),
		DisableS3ExpressSessionAuth: aws.Bool(true),
		// Most services other than Amazon S3 do not support checksums.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	return s3blob.OpenBucket(ctx, s3Client, target.Bucket, &s3blob.Options{
		UseLegacyList:              target.ListsLikeV1(),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	})
}

func retryOptions(options *retry.StandardOptions) {
	options.MaxAttempts = tries
	options.MaxBackoff = longestBackoff
	options.RateLimiter = ratelimit.None
}

// fixedEndpoint prevents the SDK from deriving other addresses from the bucket's name.
type fixedEndpoint struct {
	target storage.Target
}

// ResolveEndpoint implements s3.EndpointResolverV2.
func (e fixedEndpoint) ResolveEndpoint(context.Context, s3.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: *e.target.URL()}, nil
}

// signer escapes paths only once, as S3 requires, whatever the properties of the
// endpoint. It removes Accept-Encoding before it signs, because Google's service changes
// that header in transit.
type signer struct {
	next *v4.Signer
}

// SignHTTP implements s3.HTTPSignerV4.
func (s signer) SignHTTP(ctx context.Context, credentials aws.Credentials, request *http.Request, payloadHash, service, region string, signingTime time.Time, options ...func(*v4.SignerOptions)) error {
	request.Header.Del("Accept-Encoding")
	options = append(options, func(options *v4.SignerOptions) { options.DisableURIPathEscaping = true })
	return s.next.SignHTTP(ctx, credentials, request, payloadHash, service, region, signingTime, options...)
}
