// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/aws/smithy-go"

	"cloudrecording.dev/operator/controllers/storage"
)

// failure is an error answer of a service.
type failure struct {
	status int
	code   string
}

// answered returns the service's error answer, if there was one.
func answered(err error) (failure, bool) {
	var azureError *azcore.ResponseError
	if errors.As(err, &azureError) {
		return failure{status: azureError.StatusCode, code: azureError.ErrorCode}, true
	}
	var found failure
	var s3Status interface{ HTTPStatusCode() int }
	if errors.As(err, &s3Status) {
		found.status = s3Status.HTTPStatusCode()
	}
	var s3Error smithy.APIError
	if errors.As(err, &s3Error) {
		found.code = s3Error.ErrorCode()
	}
	return found, found.status >= http.StatusMultipleChoices
}

// codeKind classifies the error codes of Amazon and Azure, which the other services use
// as well. The HTTP status alone does not say enough.
func codeKind(code string) (storage.Kind, bool) {
	switch code {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
		"InvalidSecurityToken", "SecurityTokenExpired", "InvalidSecurity", "NotSignedUp", "UnrecognizedClientException",
		"InvalidClientTokenId", "AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation",
		"RequestTimeTooSkewed", "RequestExpired":
		return storage.CredentialsRejected, true
	case "AccessDenied", "AllAccessDisabled", "Forbidden", "AuthorizationFailure", "AuthorizationPermissionMismatch",
		"InsufficientAccountPermissions", "AccountIsDisabled", "AccountProblem", "UserDisable":
		return storage.AccessDenied, true
	case "NoSuchBucket", "InvalidBucketName", "ContainerNotFound", "ContainerBeingDeleted", "ContainerDisabled",
		"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return storage.BucketNotFound, true
	case "SlowDown", "SlowDownRead", "Throttling", "ThrottlingException", "Throttled", "TooManyRequests",
		"RequestLimitExceeded", "RequestThrottled", "BandwidthLimitExceeded", "ServerBusy", "QpsLimitExceeded",
		"DownloadTrafficRateLimitExceeded":
		return storage.Throttled, true
	}
	return storage.Unavailable, false
}

func (f failure) kind() storage.Kind {
	if kind, known := codeKind(f.code); known {
		return kind
	}
	switch {
	case f.status == http.StatusUnauthorized:
		return storage.CredentialsRejected
	case f.status == http.StatusForbidden:
		return storage.AccessDenied
	case f.status == http.StatusNotFound, f.status < http.StatusBadRequest:
		return storage.BucketNotFound
	case f.status == http.StatusTooManyRequests, f.status == http.StatusServiceUnavailable:
		return storage.Throttled
	}
	return storage.Unavailable
}

func isBucketMissing(err error) bool {
	answer, _ := answered(err)
	kind, known := codeKind(answer.code)
	return known && kind == storage.BucketNotFound
}

// explain returns the Problem for an error. If the caller canceled, it returns the
// context's own error.
func (b *bucket) explain(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("looking into the bucket: %w", ctx.Err())
	}
	host := b.target.Name
	switch {
	case errors.Is(err, errTooManyPages):
		return storage.Problemf(storage.TooLarge, "The listing of this recording's files in the bucket %s at %s does not end within what the operator reads. Check spec.storage and what stands there.", b.target.Bucket, host)
	case b.allowance.exceeded:
		return storage.Problemf(storage.TooLarge, "The storage service at %s answers more than the operator reads for one recording. Check that spec.storage names the right bucket, and that its indexes are those that Agora wrote.", host)
	case errors.Is(err, errOtherAddress):
		return storage.Problemf(storage.EndpointNotAllowed, "A request for the bucket %s would have gone elsewhere than to %s. Check spec.storage.", b.target.Bucket, host)
	case errors.Is(err, errAddressNotAllowed):
		return storage.Problemf(storage.EndpointNotAllowed, "The name of the storage service, %s, leads to an address within a cluster or a private network, which the operator may not connect to. Whoever runs the operator can allow the address with --allowed-storage-addresses.", host)
	case errors.Is(err, errNonsense):
		return storage.Problemf(storage.Unavailable, "What answers at %s does not list a bucket as a storage service does. Check spec.storage.vendor and spec.storage.endpoint.", host)
	}
	if answer, ok := answered(err); ok {
		return b.refused(answer)
	}
	return storage.Problemf(storage.Unavailable, "%s", b.unreachable(ctx, err))
}

// explainIndex returns the Problem for an error that occurred while reading an index.
func (b *bucket) explainIndex(ctx context.Context, key string, err error) error {
	for _, invalid := range []error{errNoPlaylist, errLongLine, errBinary, errElsewhere, errLongFileName, errForeignFile} {
		if errors.Is(err, invalid) {
			return storage.Problemf(storage.IndexInvalid, "The index %q in the bucket %s %v, so Agora did not write it like this. Look at the file, and put the right one in its place.", key, b.target.Bucket, invalid)
		}
	}
	if errors.Is(err, errTooManyOutOfOrder) {
		return storage.Problemf(storage.TooLarge, "The index %q in the bucket %s names more slices out of order than the operator keeps in mind. Check this recording by hand.", key, b.target.Bucket)
	}
	if errors.Is(err, errTooManyChildren) {
		return storage.Problemf(storage.TooLarge, "The index %q in the bucket %s names more indexes than the operator keeps in mind. Check this recording by hand.", key, b.target.Bucket)
	}
	if errors.Is(err, errTooMuch) && b.allowance.bytes >= 0 {
		return b.tooLargeIndex(key)
	}
	return b.explain(ctx, err)
}

func (b *bucket) tooLargeIndex(key string) *storage.Problem {
	return storage.Problemf(storage.TooLarge, "The index %q in the bucket %s is larger than the operator reads. Look at the file, and put the right one in its place.", key, b.target.Bucket)
}

// refused returns the Problem for an error answer.
func (b *bucket) refused(answer failure) *storage.Problem {
	host := b.target.Name
	switch kind := answer.kind(); kind {
	case storage.CredentialsRejected:
		if answer.code == "RequestTimeTooSkewed" {
			return storage.Problemf(kind, "The storage service at %s refuses requests because its clock and the operator's differ. Set the clock of the operator's machine right.", host)
		}
		return storage.Problemf(kind, "The storage service at %s refuses the key%s. Check the accessKey, the secretKey and the stsToken in the storage Secret, and whether the token has expired.", host, answer.said())
	case storage.AccessDenied:
		return storage.Problemf(kind, "The storage service at %s does not let the key list and read the bucket %s%s. Allow it both, or name a Secret with a key that may in spec.storage.readCredentialsSecretRef.", host, b.target.Bucket, answer.said())
	case storage.BucketNotFound:
		return storage.Problemf(kind, "The storage service at %s has no bucket %s%s. Check the bucket, the vendor and the region in spec.storage.", host, b.target.Bucket, answer.said())
	case storage.Throttled:
		return storage.Problemf(kind, "The storage service at %s takes no more requests for now. The operator looks again later.", host)
	default:
		return storage.Problemf(kind, "The storage service at %s does not answer as expected%s. The operator looks again later.", host, answer.said())
	}
}

// plainCode matches the usual form of a service's codes. Any other text may contain
// anything.
var plainCode = regexp.MustCompile(`^[A-Za-z]{1,48}$`)

// said returns the code of the answer for a message.
func (f failure) said() string {
	if plainCode.MatchString(f.code) {
		return ", and answers " + f.code
	}
	if text := http.StatusText(f.status); text != "" {
		return ", and answers " + text
	}
	return ""
}

// unreachable says why there was no complete answer. The same cause always gives the same
// text.
func (b *bucket) unreachable(ctx context.Context, err error) string {
	host := b.target.Name
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var operation *net.OpError
	switch {
	case ctx.Err() != nil:
		return "The storage service at " + host + " did not answer completely in the time for one check. The operator looks again later."
	case errors.As(err, &name):
		return "The name of the storage service, " + host + ", cannot be resolved. Check spec.storage, and with vendor 5 the account's name in the storage Secret."
	case errors.As(err, &certificate):
		return "The certificate of the storage service at " + host + " is not valid for it, or not trusted. Check spec.storage.endpoint."
	case errors.As(err, &record):
		return "What answers at " + host + " does not speak TLS. Check the scheme and the port in spec.storage.endpoint."
	case errors.As(err, &operation) && operation.Op == "dial":
		return "The storage service at " + host + " cannot be reached. Check spec.storage.endpoint and the network between the operator and the service."
	}
	return "The storage service at " + host + " broke off its answer, or gave none that can be read. The operator looks again later."
}
