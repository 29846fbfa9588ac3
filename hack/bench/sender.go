// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"cloudrecording.dev/operator/hack/agorasim"
)

// answerTimeout is how long Agora waits for an answer.
const answerTimeout = 10 * time.Second

// delivery is what came of a notification.
type delivery struct {
	notice notice

	// status is that of the answer; err says why there was none.
	status int
	err    error

	// sent and answered are when the request for it began and ended.
	sent, answered time.Time

	// took is the time from when it was to be sent until the answer, so that a
	// request that had to wait for its turn counts from when it began to wait.
	took time.Duration
}

func (d delivery) isAccepted() bool { return d.err == nil && d.status == http.StatusOK }

// sender sends notifications as Agora does, over connections that stay open.
type sender struct {
	url    string
	client *http.Client
}

func newSender(address string) *sender {
	return &sender{
		url: "http://" + address,
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 1024},
			Timeout:   answerTimeout,
		},
	}
}

// sendAll sends notifications so far apart from each other, whatever becomes of
// those before, and waits for all answers.
func (s *sender) sendAll(ctx context.Context, notices []notice, apart time.Duration) ([]delivery, error) {
	deliveries := make([]delivery, len(notices))
	var requests sync.WaitGroup
	defer requests.Wait()
	began := time.Now()
	for i := range notices {
		due := began.Add(time.Duration(i) * apart)
		if err := sleep(ctx, time.Until(due)); err != nil {
			return nil, fmt.Errorf("send notifications: %w", err)
		}
		requests.Go(func() { deliveries[i] = s.send(ctx, notices[i], due) })
	}
	requests.Wait()
	return deliveries, nil
}

func (s *sender) send(ctx context.Context, n notice, due time.Time) delivery {
	d := delivery{notice: n, sent: time.Now()}
	d.status, d.err = s.post(ctx, n)
	d.answered = time.Now()
	d.took = d.answered.Sub(due)
	return d
}

func (s *sender) post(ctx context.Context, n notice) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(n.body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(agorasim.SignatureV2Header, n.signature)
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	// What is not read to its end costs the connection.
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	return response.StatusCode, nil
}
