// SPDX-License-Identifier: Apache-2.0

package checks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// checkEndpoints checks that Agora can be reached from this machine. It sends no
// credentials.
func checkEndpoints(ctx context.Context, _ *cluster.Cluster, operators []cluster.Operator, options Options) (findings []Finding) {
	var endpoints []string
	for _, operator := range operators {
		for endpoint := range strings.SplitSeq(operator.Flag("agora-endpoints"), ",") {
			if endpoint != "" && !slices.Contains(endpoints, endpoint) {
				endpoints = append(endpoints, endpoint)
			}
		}
	}
	for _, endpoint := range endpoints {
		findings = append(findings, checkEndpoint(ctx, endpoint, options.HTTP))
	}
	return findings
}

func checkEndpoint(ctx context.Context, endpoint string, http *http.Client) Finding {
	address, err := url.Parse(endpoint)
	if err != nil {
		return Finding{"endpoint", Failed, "An endpoint in --agora-endpoints is no address: correct the operator's flags."}
	}
	name := "endpoint " + address.Redacted()
	if err := reach(ctx, address, http); err != nil {
		return Finding{name, Failed, sentencef("It cannot be reached from here: %v. Where the operator can, that does not matter; otherwise see its proxy and its network policy.", err)}
	}
	return Finding{name, OK, "It answers from here."}
}

// reach sends a request to an address. It accepts any answer.
func reach(ctx context.Context, address *url.URL, client *http.Client) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, address.String(), nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return withoutAddress(err)
	}
	return response.Body.Close() //nolint:wrapcheck // nothing was read
}

// withoutAddress removes the address, which may contain credentials, from an error.
func withoutAddress(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
