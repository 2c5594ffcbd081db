"""What gunicorn serves: django-helpdesk on the database that was filled before."""

import json
import os

from django.core.wsgi import get_wsgi_application

from bench.peers import helpdesk

helpdesk.settle(json.loads(os.environ["HELPDESK"]))
application = get_wsgi_application()
