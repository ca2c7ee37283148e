"""A mapping to fill in by hand, for whoever has no export to start from yet."""

from __future__ import annotations

from acctsync.mapping.outline import MODELINE

TEMPLATE = f"""{MODELINE}
# A mapping to fill in: change what says CONFIRM, and run: acctsync check
# With an export at hand, let acctsync look at it instead: acctsync init --from EXPORT
# (or use what it knows of your billing system: acctsync init --preset NAME).
acctsync: 1

books:
  system: quickbooks                        # CONFIRM: quickbooks or xero
  company: Your company                     # CONFIRM: the company's name in the books
  currency: USD                             # CONFIRM: of the books
  timezone: UTC                             # CONFIRM: the company's, like America/New_York
  # start_date: 2025-01-01   # nothing dated earlier is ever pushed
  tax: exclusive                            # prices don't hold the tax; or: inclusive, none

sources:
  invoice_rows:
    files: invoices*.csv                    # CONFIRM: beside this file, or under --data-dir
    format: csv                             # or json, jsonl
    numbers: "1,234.50"                     # CONFIRM: how amounts are written
    dates: YYYY-MM-DD                       # CONFIRM: how dates are written
    # encoding: cp1252                      # of files that Excel wrote on Windows
    # delimiter: ";"
    # skip_rows:
    #   - {{column: Invoice Number, is: Total}}
  payment_rows:
    files: payments*.csv                    # CONFIRM
    format: csv
    numbers: "1,234.50"                     # CONFIRM
    dates: YYYY-MM-DD                       # CONFIRM
    missing: ok                             # a month without payments has no file

records:
  invoices:
    from: invoice_rows
    group_by: Invoice Number                # rows with the same value make one document
    document:                               # CONFIRM: left the field, right the export's column
      id: Invoice Number
      number: Invoice Number
      customer:
        name: Customer
        email: Email
      date: Invoice Date
      due_date: Due Date
      total: Invoice Total                  # checked against the lines, never pushed
      state:
        column: Status
        map: {{Draft: draft, Sent: open, Paid: open, Void: void}}
    lines:
      item: Item
      description: Description
      quantity: Quantity
      unit_price: Unit Price
      tax_amount: Tax
      taxes:
        - {{name: {{column: Tax, when_filled: Sales tax}}}}
  payments:
    from: payment_rows
    document:
      id: Payment ID
      invoice: Invoice Number
      date: Date
      amount: Amount
      method: Method

accounting:
  # What the books call things: fill in each ?, and take the # of its line and of its table away.
  # items:
  #   Hot Desk: {{item: ?}}
  #   "Membership: *": {{item: ?}}          # a * stands for anything
  # taxes:
  #   Sales tax: {{code: ?}}
  # payment_methods:
  #   Visa: {{method: ?, deposit_to: ?}}
  #   other: {{deposit_to: ?}}
  # defaults: {{income_account: ?, discount_account: ?, rounding_account: ?}}
  customers: {{match: [email, name], missing: create, ambiguous: error}}
  unmapped: {{item: error, location: error, tax: error, payment_method: error, class: warn}}

checks:
  totals: {{tolerance: 0.00, mismatch: error}}
  payment_over_invoice: error
  refund_over_payment: error

push:
  customers: true
  invoices: true
  payments: true
  void: false                               # true: voids follow; unapply: paid ones too
  numbers: keep                             # or assign: the books number documents
  send_email: never                         # or when_created: the books e-mail new invoices
"""
