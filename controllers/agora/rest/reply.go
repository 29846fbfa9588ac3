// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"fmt"
	"io"

	"cloudrecording.dev/operator/controllers/agora"
)

// maxReplyBytes is far more than a recording's file list needs, and less than an object
// in the API server can hold.
const maxReplyBytes = 1 << 20

var errReplyTooLarge = fmt.Errorf("the answer is larger than %d bytes", maxReplyBytes)

func readBody(body io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(body, maxReplyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(content) > maxReplyBytes {
		return nil, errReplyTooLarge
	}
	return content, nil
}

// outcomeOf returns what an answer shows about its endpoint.
func outcomeOf(reply agora.Reply) outcome {
	if reply.IsGatewayError() {
		return outcomeFailed
	}
	return outcomeAnswered
}
