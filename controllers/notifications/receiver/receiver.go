// SPDX-License-Identifier: Apache-2.0

package receiver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/clock"

	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/notifications/journal"
)

// Bounds of a receiver, unless its Options state others.
const (
	defaultMaxBodyBytes  = 64 << 10
	defaultMaxConcurrent = 256

	// defaultAnswerWithin leaves two of Agora's ten seconds to the network.
	defaultAnswerWithin = 8 * time.Second

	// defaultBodyWithin is long for a kilobyte that is sent in one go.
	defaultBodyWithin = 3 * time.Second
)

// checkedBytes bounds for how many bytes a second, and at once, signatures are checked
// with all secrets that are known: anybody can have that done, for each secret anew.
const checkedBytes = 64 << 20

// retryAfter is for how many seconds nobody need try again after a 503.
const retryAfter = "1"

// Options are what a Receiver works with.
type Options struct {
	// Finder finds recordings.
	Finder notifications.RecipientFinder

	// Journal keeps accepted events.
	Journal *journal.Journal

	// Unowned is told of recordings that no object has. Optional.
	Unowned Unowned

	// Metrics are told of what happens.
	Metrics *Metrics

	// Logger says what was refused, and why.
	Logger logr.Logger

	// Clock tells the time. Defaults to the real clock.
	Clock clock.PassiveClock

	// MaxBodyBytes bounds a notification. Defaults to 64 KiB.
	MaxBodyBytes int64

	// MaxConcurrent bounds the notifications that are dealt with at once.
	// Defaults to 256.
	MaxConcurrent int

	// AnswerWithin bounds the time until the answer, whatever the API server
	// does. Defaults to 8 s.
	AnswerWithin time.Duration

	// BodyWithin bounds the time in which the body must arrive. Defaults to 3 s.
	BodyWithin time.Duration
}

// Receiver answers Agora's notifications.
type Receiver struct {
	options    Options
	slots      chan struct{}
	recent     *recent
	complaints *complaints
	// checks paces the checks with all secrets that are known.
	checks *rate.Limiter
}

var _ http.Handler = (*Receiver)(nil)

// New returns a Receiver.
func New(options Options) *Receiver {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	options.MaxBodyBytes = cmp.Or(options.MaxBodyBytes, defaultMaxBodyBytes)
	options.MaxConcurrent = cmp.Or(options.MaxConcurrent, defaultMaxConcurrent)
	options.AnswerWithin = cmp.Or(options.AnswerWithin, defaultAnswerWithin)
	options.BodyWithin = cmp.Or(options.BodyWithin, defaultBodyWithin)
	return &Receiver{
		options:    options,
		slots:      make(chan struct{}, options.MaxConcurrent),
		recent:     newRecent(),
		complaints: newComplaints(options.Logger, options.Clock),
		checks:     rate.NewLimiter(checkedBytes, checkedBytes),
	}
}

// verdict is what becomes of a notification.
type verdict struct {
	result Result
	// eventType is the metric's label.
	eventType string
	// cause says why a notification is refused. It holds nothing of it.
	cause error
	// verifiedSID is the recording's ID, and verifiedNamespace where it is, once the
	// signature was checked.
	verifiedSID       string
	verifiedNamespace string
}

// ServeHTTP answers a notification.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	begin := r.options.Clock.Now()
	v := r.receive(w, request)
	r.options.Metrics.answered(v.eventType, v.result, r.options.Clock.Since(begin))
	r.complaints.about(v, request.RemoteAddr)
	answer(w, v.result)
}

// receive decides what becomes of a notification.
func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) verdict {
	v := verdict{eventType: unknownType}
	if request.Method != http.MethodPost {
		return v.refuse(WrongMethod, errors.New("the method is not POST"))
	}
	if mediaType, _, err := mime.ParseMediaType(request.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return v.refuse(WrongContentType, errors.New("the content type is not application/json"))
	}
	ctx, cancel := context.WithTimeout(request.Context(), r.options.AnswerWithin)
	defer cancel()
	body, err := r.read(w, request)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return v.refuse(TooLarge, errors.New("the body is too large"))
	case err != nil:
		return v.refuse(Malformed, errors.New("the body did not arrive in time, or not whole"))
	}
	// Whoever sends nothing must not take the place of those who have sent.
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	default:
		return v.refuse(Busy, errors.New("too many notifications came at once"))
	}
	return r.judge(ctx, v, request.Header, body)
}

// read reads the body, which must arrive quickly: it holds one of the
// server's connections.
func (r *Receiver) read(w http.ResponseWriter, request *http.Request) ([]byte, error) {
	// Deadlines of connections are in real time. Where there is no connection,
	// as in a test, there is none.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(r.options.BodyWithin))
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, r.options.MaxBodyBytes))
	if err != nil {
		return nil, err
	}
	// A deadline that passes while the event is written would end the request.
	_ = connection.SetReadDeadline(time.Time{})
	return body, nil
}

// judge decides what becomes of a notification that came in good form. Nothing
// but its envelope is decoded before its signature is known to be valid.
func (r *Receiver) judge(ctx context.Context, v verdict, header http.Header, body []byte) verdict {
	envelope, err := notifications.Open(body)
	if err != nil {
		return v.refuse(Malformed, err)
	}
	v.eventType = labelOf(envelope.Type)
	recipients, err := r.recipients(ctx, envelope)
	switch {
	case err != nil:
		return v.refuse(Unavailable, err)
	case len(recipients) == 0 && envelope.IsHealthCheck():
		return v.accept(HealthCheck)
	case len(recipients) == 0:
		return r.judgeUnknown(ctx, v, newCheck(header, body), envelope)
	}
	verified, v := verify(v, newCheck(header, body), recipients)
	if len(verified) == 0 {
		return v
	}
	return r.deliver(ctx, v, envelope, verified).orUnreadable(recipients)
}

// deliver keeps what a notification says for the recordings whose secret signed it.
func (r *Receiver) deliver(ctx context.Context, v verdict, envelope notifications.Envelope, verified []notifications.Recipient) verdict {
	v.verifiedSID, v.verifiedNamespace = envelope.SID, verified[0].Name.Namespace
	if envelope.IsOfAnotherProduct() || !envelope.Type.BringsNews() {
		return v.accept(NothingToLearn)
	}
	event, err := r.event(envelope)
	if err != nil {
		return v.refuse(Malformed, err)
	}
	return r.keep(ctx, v, event, verified)
}

// event reads the event of a notification, which has happened by now at the latest.
func (r *Receiver) event(envelope notifications.Envelope) (notifications.Event, error) {
	event, err := envelope.Event()
	if err == nil && event.Time.IsZero() {
		event.Time = r.options.Clock.Now().UTC().Truncate(time.Millisecond)
	}
	return event, err
}

// judgeUnknown decides what becomes of a notification with a sid of which this
// replica has not heard. What has just been started has its sid already, or will in
// a moment: Agora sends again what is not answered with 200.
func (r *Receiver) judgeUnknown(ctx context.Context, v verdict, check *check, envelope notifications.Envelope) verdict {
	if envelope.SID == "" || !envelope.Type.BringsNews() || !check.isSigned {
		// Nothing is kept that is not signed, whoever it is about.
		return v.accept(UnknownSID)
	}
	cname := envelope.CName()
	signers, err := r.signers(ctx, cname, check)
	if err != nil {
		return v.refuse(Unavailable, err)
	}
	claimants, err := r.options.Finder.Claimants(ctx, cname, envelope.SID, signers)
	switch {
	case errors.Is(err, notifications.ErrAskedTooOften):
		return v.refuse(Busy, err)
	case err != nil:
		return v.refuse(Unavailable, err)
	}
	owners, refused := owners(v, check, claimants)
	if len(owners) == 0 {
		if refused.result == UnknownSID && len(signers) > 0 && !haveOwner(claimants) {
			r.noteUnowned(ctx, envelope, signers[0])
		}
		return refused
	}
	return r.deliver(ctx, v, envelope, owners)
}

// signers returns the namespaces that are known to have signed a notification. The
// recordings of its channel tell in most cases.
func (r *Receiver) signers(ctx context.Context, cname string, check *check) ([]string, error) {
	beginning, err := r.options.Finder.Beginning(ctx, cname)
	if err != nil {
		return nil, err
	}
	namespaces := sets.New[string]()
	for _, recipient := range beginning {
		if check.passes(recipient.Secret) {
			namespaces.Insert(recipient.Name.Namespace)
		}
	}
	if namespaces.Len() > 0 {
		return sets.List(namespaces), nil
	}
	return r.options.Finder.Signers(func(secret []byte) bool {
		return r.checks.AllowN(r.options.Clock.Now(), len(check.body)+len(secret)) && check.passes(secret)
	}), nil
}

// owners returns those that have a sid by now and whose secret signed the body, or
// what becomes of the notification if there are none, or may be more in a moment.
func owners(v verdict, check *check, claimants []notifications.Claimant) (owners []notifications.Recipient, refused verdict) {
	refused = v.accept(UnknownSID)
	for _, claimant := range claimants {
		verified, verdict := verify(v, check, []notifications.Recipient{claimant.Recipient})
		switch {
		case claimant.Standing == notifications.Unrelated:
		case len(verified) == 0 && (claimant.Starting || claimant.Unreadable != nil):
			// Others may use the channel's name in a project of their own. While it is
			// being started, it may also be that its Secret has just changed.
			refused = verdict
		case len(verified) == 0:
		case claimant.Standing == notifications.Undecided:
			return nil, v.refuse(TooEarly, errors.New("a recording of its channel is being started, whose sid is not known yet: Agora sends it again"))
		default:
			owners = append(owners, verified...)
		}
	}
	return owners, refused
}

// recipients returns the recordings with a sid. None has an empty one. That a
// recording has begun may be the first that is heard of its sid.
func (r *Receiver) recipients(ctx context.Context, envelope notifications.Envelope) ([]notifications.Recipient, error) {
	if envelope.SID == "" {
		return nil, nil
	}
	recipients, err := r.options.Finder.Recipients(ctx, envelope.SID)
	if len(recipients) > 0 || err != nil || !envelope.Type.TellsOfStart() {
		return recipients, err
	}
	cname, uid := envelope.CName(), envelope.UID()
	if cname == "" || uid == "" {
		return nil, nil
	}
	return r.options.Finder.Starting(ctx, cname, uid)
}

// verify returns the recipients whose secret signed the body, and why there are none.
func verify(v verdict, check *check, recipients []notifications.Recipient) ([]notifications.Recipient, verdict) {
	if !check.isSigned {
		return nil, v.refuse(Unsigned, errors.New("it is about a recording of ours and has no signature"))
	}
	var verified []notifications.Recipient
	hasSecret := false
	for _, recipient := range recipients {
		hasSecret = hasSecret || len(recipient.Secret) > 0
		if check.passes(recipient.Secret) {
			verified = append(verified, recipient)
		}
	}
	switch {
	case len(verified) > 0:
		return verified, v
	case unreadable(recipients) != nil:
		return nil, v.refuse(Unavailable, unreadable(recipients))
	case !hasSecret:
		return nil, v.refuse(Forged, errors.New("the Secret of its recording has no notificationSecret: put the secret of the project's notifications into it, from the Agora Console"))
	default:
		return nil, v.refuse(Forged, errors.New("its signature is not that of the notificationSecret in the Secret of its recording"))
	}
}

// unreadable returns why a recipient's Secret could not be read; nil if all could.
func unreadable(recipients []notifications.Recipient) error {
	for _, recipient := range recipients {
		if recipient.Unreadable != nil {
			return recipient.Unreadable
		}
	}
	return nil
}

// orUnreadable asks Agora to send again what was kept for some recipients, as long as
// the Secrets of others cannot be read: it may be for them, too.
func (v verdict) orUnreadable(recipients []notifications.Recipient) verdict {
	if err := unreadable(recipients); err != nil && v.result.status() == http.StatusOK {
		return v.refuse(Unavailable, err)
	}
	return v
}

// keep writes an event, unless that was done before.
func (r *Receiver) keep(ctx context.Context, v verdict, event notifications.Event, recipients []notifications.Recipient) verdict {
	accept := func(claimed []notifications.Recipient) error { return r.options.Journal.Accept(ctx, event, claimed) }
	result := Duplicate
	for _, group := range r.inOrder(recipients) {
		isDuplicate, err := r.recent.once(ctx, event, group, accept)
		switch {
		case errors.Is(err, journal.ErrRecordingOverdrawn), errors.Is(err, journal.ErrNamespaceOverdrawn):
			return v.refuse(Overdrawn, err)
		case errors.Is(err, journal.ErrNamespaceBusy):
			return v.refuse(Busy, err)
		case err != nil:
			return v.refuse(Unavailable, err)
		case !isDuplicate:
			result = Accepted
		}
	}
	return v.accept(result)
}

// inOrder puts those that get the event anyway before those that have, or whose
// namespace has, more than their share of the journal, for which it may be a duplicate.
func (r *Receiver) inOrder(recipients []notifications.Recipient) [2][]notifications.Recipient {
	var groups [2][]notifications.Recipient
	for _, recipient := range recipients {
		group := 0
		if r.options.Journal.TurnsAway(recipient) {
			group = 1
		}
		groups[group] = append(groups[group], recipient)
	}
	return groups
}

func (v verdict) accept(result Result) verdict {
	v.result = result
	return v
}

func (v verdict) refuse(result Result, cause error) verdict {
	v.result, v.cause = result, cause
	return v
}

// answer says what became of a notification, in a small JSON object as Agora
// asks for.
func answer(w http.ResponseWriter, result Result) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	switch status := result.status(); status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", retryAfter)
	case http.StatusUnauthorized:
		// A 401 must name a scheme.
		header.Set("WWW-Authenticate", SignatureV2Header)
	}
	if result.isUnread() {
		// Otherwise the server reads the rest first, however slowly it comes.
		header.Set("Connection", "close")
	}
	w.WriteHeader(result.status())
	// The sender is told nothing more if it is gone.
	_ = json.NewEncoder(w).Encode(map[string]Result{"result": result})
}
