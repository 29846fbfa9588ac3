// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"cloudrecording.dev/operator/controllers/agora"
)

// unanswered returns the Answer for a call without a complete reply.
func unanswered(err error) agora.Answer {
	return agora.Answer{Conclusion: agora.NotKnown, Reason: networkReason(err), Err: err}
}

// networkReason describes an error. The same cause always gives the same text, while the
// errors themselves contain ports and addresses that change each time.
func networkReason(err error) string {
	var resolution *net.DNSError
	var certificate *tls.CertificateVerificationError
	var operation *net.OpError
	switch {
	case errors.Is(err, errReplyTooLarge):
		return errReplyTooLarge.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no complete answer in time"
	case errors.Is(err, context.Canceled):
		return "the call was given up"
	case errors.As(err, &resolution):
		return "the name of the endpoint cannot be resolved"
	case errors.As(err, &certificate):
		return "the certificate of the endpoint cannot be verified"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "the endpoint cannot be reached"
	default:
		return "the connection ended before the whole answer had arrived"
	}
}

// outcomeOfError returns what the lack of a complete answer shows about the endpoint.
func outcomeOfError(caller context.Context, err error) outcome {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errReplyTooLarge):
		return outcomeAnswered
	case errors.Is(caller.Err(), context.DeadlineExceeded):
		// A caller may allow less time than the method does.
		return outcomeFailed
	case caller.Err() != nil, errors.Is(err, context.Canceled):
		return outcomeUnknown
	case errors.As(err, &timeout) && timeout.Timeout():
		return outcomeTimedOut
	default:
		return outcomeFailed
	}
}
