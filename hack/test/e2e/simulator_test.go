// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/admin"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// The credentials for the specs.
const (
	customerID     = "e2e-id"
	customerSecret = "e2e-secret"
)

// simulator contains the simulator's addresses for pods and for the specs.
var simulator struct{ endpoint, admin string }

// reachableAddress returns an address of this machine that pods can reach.
func reachableAddress() string { return environment("SIMULATOR_ADDRESS", "10.244.0.1") }

// startSimulator starts a simulator that pods can reach, with a bucket for the recordings,
// unless a simulator was given.
func startSimulator(ctx context.Context) {
	GinkgoHelper()
	simulator.endpoint, simulator.admin = os.Getenv("AGORA_ENDPOINT"), os.Getenv("AGORA_ADMIN")
	if simulator.endpoint != "" {
		Expect(simulator.admin).NotTo(BeEmpty(), "AGORA_ENDPOINT is set: set AGORA_ADMIN too")
		return
	}
	service := agorasim.New(agorasim.Options{Bucket: startStore(ctx), Slices: 6})
	DeferCleanup(service.Close)
	server, err := service.Listen(net.JoinHostPort(reachableAddress(), "0"))
	Expect(err).NotTo(HaveOccurred(), "set SIMULATOR_ADDRESS to an address of this machine that pods reach")
	DeferCleanup(server.Close)
	admin, err := agorasim.Listen("127.0.0.1:0", admin.Handler(service))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(admin.Close)
	simulator.endpoint, simulator.admin = server.URL, admin.URL
}

// ask sends a request to the simulator's admin interface.
func ask(ctx context.Context, method, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, simulator.admin+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return &answerError{response.Status, string(answer)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// answerError is an error response of the simulator.
type answerError struct{ status, body string }

func (e *answerError) Error() string { return "the simulator answered " + e.status + ": " + e.body }

// startRecording starts a recording in the simulator.
func startRecording(ctx context.Context, options agorasim.RecordingOptions) agorasim.Recording {
	GinkgoHelper()
	var recording agorasim.Recording
	Expect(ask(ctx, http.MethodPost, "/recordings", options, &recording)).To(Succeed())
	return recording
}

// look returns the state of a recording in the simulator.
func look(ctx context.Context, sid string) (agorasim.Recording, error) {
	var recording agorasim.Recording
	err := ask(ctx, http.MethodGet, "/recordings/"+sid, nil, &recording)
	return recording, err
}

// acceptCredentials makes the simulator accept credentials.
func acceptCredentials(ctx context.Context, id, secret string) {
	GinkgoHelper()
	pair := map[string]string{"secret": secret}
	Expect(ask(ctx, http.MethodPut, "/credentials/"+id, pair, nil)).To(Succeed())
}

// addFault adds a fault to calls.
func addFault(ctx context.Context, fault faults.Fault) {
	GinkgoHelper()
	Expect(ask(ctx, http.MethodPost, "/faults", fault, nil)).To(Succeed())
}
