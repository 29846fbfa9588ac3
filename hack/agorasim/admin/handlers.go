// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"cloudrecording.dev/operator/hack/agorasim"
)

const maxBodyBytes = 1 << 20

// nothing is a body that is not used.
type nothing struct{}

// handle answers requests for a pattern with a status, or with an error. It calls answer
// with the value of the path variable and with the body, which may be empty.
func handle[B any](mux *http.ServeMux, pattern, variable string, status int, answer func(value string, body B) (any, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var body B
		if err := read(w, r, &body); err != nil {
			write(w, http.StatusBadRequest, problem{"the body cannot be used: " + err.Error()})
			return
		}
		answered, err := answer(r.PathValue(variable), body)
		switch {
		case errors.Is(err, agorasim.ErrNoRecording), errors.Is(err, errNoFault):
			write(w, http.StatusNotFound, problem{err.Error()})
		case err != nil:
			write(w, http.StatusBadRequest, problem{err.Error()})
		default:
			write(w, status, answered)
		}
	})
}

// list answers GET requests for a path with a list.
func list[T any](mux *http.ServeMux, path string, list func() T) {
	handle(mux, "GET "+path, "", http.StatusOK, func(string, nothing) (any, error) { return list(), nil })
}

// do answers requests with an action that cannot fail.
func do[B any](mux *http.ServeMux, pattern string, do func(body B)) {
	handle(mux, pattern, "", http.StatusNoContent, func(_ string, body B) (any, error) {
		do(body)
		return nil, nil
	})
}

// Errors for unknown objects in a path or missing members in a body.
var (
	errNoFault  = errors.New("no fault has this ID, or it has struck as often as it was to")
	errNoSecret = errors.New("a pair needs a secret")
)

// problem is the body of an error answer.
type problem struct {
	Problem string `json:"problem"`
}

// read decodes a body, which may be empty.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return errors.New("something follows its value")
		}
	}
	return err
}

func write(w http.ResponseWriter, status int, body any) {
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// The client may have closed the connection.
	_ = json.NewEncoder(w).Encode(body)
}
